package dev.ltx2.worker.media;

import static dev.ltx2.worker.media.Oracle.FIXTURES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AudioRatesTest {
  @TempDir private Path folder;

  private JsonNode delivered(Path audio) throws Exception {
    Path target = folder.resolve("video.mp4");
    Mp4.deliver(FIXTURES.resolve("video-bframes3.mp4"), audio, 24, target);
    return Oracle.stream(Oracle.probe(target), "audio");
  }

  /** 44.1 kHz is not made 48: every player knows it, and a conversion is never better. */
  @ParameterizedTest
  @CsvSource({
    "44100, 1, 44100, 1",
    "44100, 2, 44100, 2",
    "48000, 1, 48000, 1",
    "22050, 2, 48000, 2",
    "44099, 1, 48000, 1",
    "96000, 2, 48000, 2",
    "48000, 6, 48000, 2",
  })
  void rateAndChannels(int rate, int channels, int encodedRate, int encodedChannels)
      throws Exception {
    Path audio = folder.resolve("sound.flac");
    Oracle.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=440:sample_rate=" + rate + ":duration=1.2",
        "-ac",
        String.valueOf(channels),
        audio.toString());

    JsonNode track = delivered(audio);

    assertThat(track.get("codec_name").asText()).isEqualTo("aac");
    assertThat(track.get("sample_rate").asInt()).isEqualTo(encodedRate);
    assertThat(track.get("channels").asInt()).isEqualTo(encodedChannels);
  }

  @Test
  void anMp3KeepsItsRate() throws Exception {
    Path audio = FIXTURES.resolve("tone-cbr.mp3");
    int rate = Oracle.stream(Oracle.probe(audio), "audio").get("sample_rate").asInt();

    assertThat(rate).isEqualTo(44_100);
    assertThat(delivered(audio).get("sample_rate").asInt()).isEqualTo(rate);
  }
}
