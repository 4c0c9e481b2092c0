package dev.ltx2.worker.models;

/** Models that cannot be listed, checked or fetched; the message says which, why and what to do. */
public final class ModelsException extends Exception {
  ModelsException(String sentence) {
    super(sentence);
  }

  ModelsException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
