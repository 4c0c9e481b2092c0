package dev.ltx2.worker.job;

import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The client's own sound made ready for the film while the GPU works: it depends on the request
 * alone, and encoding it took most of the time between the GPU and the store.
 */
final class FittedSound implements AutoCloseable {
  /** FFmpeg's native code would hold a virtual thread's carrier. */
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("sound").factory());

  private final Future<Path> fitted;

  /** Begins; {@code seconds} is the length of the film. */
  FittedSound(Path audio, double seconds, Path target) {
    fitted =
        thread.submit(() -> {
          Mp4.fitSound(audio, seconds, target);
          return target;
        });
  }

  /** Waits for it. */
  Path file() throws MediaException, InterruptedException {
    try {
      return fitted.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MediaException media) {
        throw media;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Returns when nothing is written any more: a second's fraction after the start. */
  @Override
  public void close() {
    thread.close();
  }
}
