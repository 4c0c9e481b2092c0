package dev.ltx2.worker.app;

import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.input.SentFile;
import dev.ltx2.worker.localapi.files.MediaFacts;
import dev.ltx2.worker.media.AudioFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;

/** What a file is that was sent to the local API. */
final class SentFileProbe {
  private static final Map<String, String> CONTENT_TYPES =
      Map.of(
          "jpg", "image/jpeg",
          "png", "image/png",
          "webp", "image/webp",
          "wav", "audio/wav",
          "flac", "audio/flac",
          "ogg", "audio/ogg",
          "m4a", "audio/mp4",
          "mp3", "audio/mpeg",
          "aac", "audio/aac");

  private SentFileProbe() {}

  /** Reads it as a job would; the failure says why a job could not use it. */
  static MediaFacts measure(Path file) throws ExplainedException, InterruptedException {
    try {
      SentFile sent = SentFile.of(file);
      String type = CONTENT_TYPES.getOrDefault(sent.extension(), "application/octet-stream");
      OptionalDouble seconds =
          sent.width().isPresent()
              ? OptionalDouble.empty()
              : OptionalDouble.of(AudioFile.measure(file).seconds());
      return new MediaFacts(sent.extension(), type, sent.width(), sent.height(), seconds);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read what was just written", e);
    }
  }
}
