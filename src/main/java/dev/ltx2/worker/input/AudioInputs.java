package dev.ltx2.worker.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Accepts audio by its magic bytes; decoding it, which the job does next, is the real test. */
final class AudioInputs {
  private static final String WANTED = "; accepted are MP3, WAV, FLAC, M4A, AAC and OGG";
  private static final int MAX_BOXES = 10_000;

  private AudioInputs() {}

  static void check(Path file, FileType type) throws FetchException, IOException {
    if (!type.audio()) {
      throw FetchException.lasting("the file is " + type.text() + WANTED);
    }
    if (type == FileType.MP4) {
      checkTracks(file);
    }
  }

  /** Walks moov/trak/mdia/hdlr: audio must be there, video must not. */
  private static void checkTracks(Path file) throws FetchException, IOException {
    boolean audio = false;
    ByteBuffer box = ByteBuffer.allocate(24);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      long at = 0;
      for (int boxes = 0; boxes < MAX_BOXES && at + 8 <= in.size(); boxes++) {
        in.read(box.clear(), at);
        String type = new String(box.array(), 4, 4, StandardCharsets.ISO_8859_1);
        long size = Integer.toUnsignedLong(box.getInt(0));
        if (size == 1) {
          size = box.getLong(8);
        }
        if (type.equals("moov") || type.equals("trak") || type.equals("mdia")) {
          at += 8;
          continue;
        }
        if (type.equals("hdlr")) {
          String handler = new String(box.array(), 16, 4, StandardCharsets.ISO_8859_1);
          if (handler.equals("vide")) {
            throw FetchException.lasting("the file is an MP4 video" + WANTED);
          }
          audio |= handler.equals("soun");
        }
        if (size < 8 || size > in.size() - at) {
          break;
        }
        at += size;
      }
    }
    if (!audio) {
      throw FetchException.lasting("the file is a broken M4A: it has no audio track");
    }
  }
}
