package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A job that is stopped holds no CPU, whatever it is at, and leaves nothing. */
@Timeout(60)
class InterruptTest {
  private static final Path VIDEO = FIXTURES.resolve("video-bframes3.mp4");
  private static final Path TONE = FIXTURES.resolve("tone-cbr.mp3");
  private static final Path AAC = FIXTURES.resolve("tone.m4a");

  @TempDir Path folder;

  interface Work {
    void into(Path target) throws Exception;
  }

  static Stream<Arguments> works() {
    return Stream.of(
        work("measure an audio track", target -> AudioFile.measure(TONE)),
        work("decode an audio track", target -> AudioFile.decode(TONE, 30.5, target)),
        work("encode an audio track", target -> Mp4.fitAudio(TONE, 1, target)),
        work("copy an audio track", target -> Mp4.fitAudio(AAC, 1, target)),
        work("mux", target -> Mp4.deliver(VIDEO, TONE, 24, target)),
        work("measure a video", target -> Mp4.measure(VIDEO)),
        work("measure its packets", target -> Mp4.inspect(VIDEO)),
        work("take frames", target -> ImageReader.frames(VIDEO, List.of(0, 100))));
  }

  private static Arguments work(String name, Work work) {
    return Arguments.of(name, work);
  }

  @AfterEach
  void clear() {
    Thread.interrupted();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("works")
  void isObeyed(String name, Work work) {
    Path target = folder.resolve("target");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> work.into(target)).isInstanceOf(InterruptedException.class);
    assertThat(target).as(name).doesNotExist();
  }

  /** Six hours of padding would take minutes. */
  @Test
  void isObeyedInTheMiddle() throws Exception {
    Path target = folder.resolve("target");
    CountDownLatch begun = new CountDownLatch(1);
    FutureTask<Void> task =
        new FutureTask<>(() -> {
          begun.countDown();
          Mp4.fitAudio(TONE, 6 * 3600, target);
          return null;
        });
    Thread thread = Thread.ofPlatform().start(task);
    begun.await();
    while (!target.toFile().exists() && !task.isDone()) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    assertThatThrownBy(task::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    thread.join();
    assertThat(target).doesNotExist();
  }
}
