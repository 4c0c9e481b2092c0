package dev.ltx2.worker.rehearsal.ltx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ltx2.worker.rehearsal.NodeException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoadedAudioTest {
  private static final Path MEDIA = Path.of("test-fixtures/media");

  @ParameterizedTest
  @ValueSource(strings = {"tone-8k.wav", "tone-s24.wav", "tone-f32.wav", "tone-96k.flac"})
  void takesWhatComfyUiReadsToTheSample(String file) throws Exception {
    assertThat(LoadedAudio.read(MEDIA.resolve(file)).seconds()).isCloseTo(1.3, within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({
    "speech.mp3, mp3",
    "tone.m4a, aac",
    "tone-opus.ogg, opus",
    "tone-vorbis.ogg, vorbis",
    "video-tagged.mp4, aac"
  })
  void refusesWhatTheWorkerDoesNotSend(String file, String codec) {
    assertThatThrownBy(() -> LoadedAudio.read(MEDIA.resolve(file)))
        .isInstanceOf(NodeException.class)
        .hasMessageEndingWith("; this is " + codec);
  }
}
