package dev.ltx2.worker.comfyui;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Who looks after the process behind a {@link ComfyUi}. It is given a way to tell of a death. */
public interface Supervisor {
  /** With a bare address nobody does: what went away may come back by itself. */
  Supervisor NONE =
      new Supervisor() {
        @Override
        public void awaitReady() {}

        @Override
        public void restart(String reason) {}

        @Override
        public String logTail() {
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
  String logTail();

  /**
   * An HTTP call failed: replaces a ComfyUI that no longer answers, and says whether it is being
   * replaced, so that the call is worth repeating after {@link #awaitReady}. Takes up to a second.
   */
  default boolean recoverFrom(IOException e) throws InterruptedException {
    return false;
  }

  /** A prompt came to a good end: earlier restarts count no more. */
  default void onSuccess() {}

  /** Completes with the reason when ComfyUI is not started again. */
  default CompletableFuture<String> gaveUp() {
    return new CompletableFuture<>();
  }

  /** Ends ComfyUI with the worker. */
  default void close() {}
}
