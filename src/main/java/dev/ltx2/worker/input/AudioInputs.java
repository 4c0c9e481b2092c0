package dev.ltx2.worker.input;

import dev.ltx2.worker.media.Boxes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Accepts audio by its magic bytes; decoding it, which the job does next, is the real test. */
final class AudioInputs {
  private static final String WANTED = "; accepted are MP3, WAV, FLAC, M4A, AAC and OGG";

  private AudioInputs() {}

  static void check(Path file, FileType type) throws FetchException, IOException {
    if (!type.audio()) {
      throw FetchException.permanent("the file is " + type.text() + WANTED);
    }
    if (type == FileType.MP4) {
      checkTracks(file);
    }
  }

  /** Audio must be there, video must not. */
  private static void checkTracks(Path file) throws FetchException, IOException {
    Set<String> handlers = Boxes.handlers(file);
    if (handlers.contains("vide")) {
      throw FetchException.permanent("the file is an MP4 video" + WANTED);
    }
    if (!handlers.contains("soun")) {
      throw FetchException.permanent("the file is a broken M4A: it has no audio track");
    }
  }
}
