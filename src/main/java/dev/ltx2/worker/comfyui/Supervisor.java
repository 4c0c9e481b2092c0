package dev.ltx2.worker.comfyui;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Who looks after the process behind a {@link ComfyUi}. It tells of a death by {@code died}. */
public interface Supervisor {
  /** With a bare address nobody does: what went away may come back by itself. */
  Supervisor NONE =
      new Supervisor() {
        @Override
        public void awaitReady() {}

        @Override
        public void restart(String reason) {}

        @Override
        public String lastWords() {
          return "";
        }
      };

  /** Returns when ComfyUI answers; called before each post. */
  void awaitReady() throws ComfyUiException, InterruptedException;

  /**
   * ComfyUI is alive but of no more use: it ignored an interrupt or lost its GPU. Returns at once.
   */
  void restart(String reason);

  /** What ComfyUI logged last, to be appended to an error; empty where unknown. */
  String lastWords();

  /**
   * An HTTP call failed: whether ComfyUI is being replaced for it, so that the call is worth
   * repeating after {@link #awaitReady}.
   */
  default boolean mends(IOException e) throws InterruptedException {
    return false;
  }

  /** A prompt came to a good end: earlier restarts count no more. */
  default void worked() {}

  /** Completes with the reason when ComfyUI is not started again. */
  default CompletableFuture<String> gaveUp() {
    return new CompletableFuture<>();
  }

  /** Ends ComfyUI with the worker. */
  default void close() {}
}
