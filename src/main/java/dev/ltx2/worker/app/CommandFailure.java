package dev.ltx2.worker.app;

/** A command that failed for a reason the person at the terminal can act on. */
final class CommandFailure extends Exception {
  CommandFailure(String sentence) {
    super(sentence);
  }

  CommandFailure(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
