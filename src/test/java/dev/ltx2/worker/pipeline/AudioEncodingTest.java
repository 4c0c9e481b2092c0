package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.MediaException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AudioEncodingTest {
  private static final Path MEDIA = Path.of("test-fixtures/media");

  @TempDir Path folder;

  @Test
  void nothingIsWrittenAnyMoreWhenItIsClosed() throws Exception {
    Path target = folder.resolve("sound.m4a");
    fitted("speech.mp3", 40, target).close();
    if (Files.exists(target)) {
      assertThat(AudioFile.measure(target).seconds()).isCloseTo(40, Offset.offset(0.03));
    }
    Awaitility.await().until(() -> !threadIsThere());
  }

  @Test
  void notEvenForACancelledCaller() throws Exception {
    Path target = folder.resolve("sound.m4a");
    AudioEncoding audio = fitted("speech.mp3", 40, target);
    Thread.currentThread().interrupt();
    assertThatThrownBy(audio::file).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    audio.close();
    assertThat(Thread.interrupted()).isTrue();
    if (Files.exists(target)) {
      assertThat(AudioFile.measure(target).seconds()).isCloseTo(40, Offset.offset(0.03));
    }
    Awaitility.await().until(() -> !threadIsThere());
  }

  /** The GPU works meanwhile: what it makes is not lost for the client's file. */
  @Test
  void theDecodeIsTakenWhereTheFileCannotBeFitted() throws Exception {
    Path target = folder.resolve("sound.m4a");
    Path decoded = MEDIA.resolve("tone-f32.wav");
    try (AudioEncoding audio = new AudioEncoding(MEDIA.resolve("README.md"), decoded, 3, target)) {
      assertThat(AudioFile.measure(audio.file()).seconds()).isCloseTo(3, Offset.offset(0.03));
    }
  }

  private static AudioEncoding fitted(String name, double seconds, Path target) {
    return new AudioEncoding(MEDIA.resolve(name), MEDIA.resolve(name), seconds, target);
  }

  private static boolean threadIsThere() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("audio-encoding"));
  }

  @Test
  void itsFailureIsToldInTheWordsOfMedia() {
    try (AudioEncoding audio = fitted("README.md", 1, folder.resolve("sound.m4a"))) {
      assertThatThrownBy(audio::file)
          .isInstanceOf(MediaException.class)
          .hasMessage("The audio file cannot be read: Invalid data found when processing input");
    }
  }
}
