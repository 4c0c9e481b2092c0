package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's own audio made ready for the video while the GPU works: it depends on the request
 * alone, and encoding it took most of the time between the GPU and the store.
 */
final class AudioEncoding implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AudioEncoding.class);

  /** FFmpeg's native code would hold a virtual thread's carrier. */
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("audio-encoding").factory());

  private final Future<Path> fitted;

  /**
   * Begins.
   *
   * @param decoded what ComfyUI hears of {@code audio}, taken if {@code audio} cannot be fitted:
   *     what the GPU makes meanwhile is not to be lost for it
   * @param seconds length of the video
   */
  AudioEncoding(Path audio, Path decoded, double seconds, Path target) {
    fitted =
        thread.submit(() -> {
          try {
            Mp4.fitAudio(audio, seconds, target);
          } catch (MediaException e) {
            LOG.warn(
                "Cannot fit the client's audio file, fitting its decode instead: {}",
                e.getMessage());
            Mp4.fitAudio(decoded, seconds, target);
          }
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

  /** Ends it, done or not, and returns when nothing is written any more. */
  @Override
  public void close() {
    thread.shutdownNow();
    thread.close();
  }
}
