package dev.ltx2.worker.input;

import static java.nio.file.StandardOpenOption.READ;

import dev.ltx2.worker.common.ExplainedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A file that a client sent beforehand, looked into without decoding it. Whoever names it in a
 * request has it checked in full like any other input.
 *
 * @param extension by its content, without a dot
 * @param width pixels of the upright image; empty for audio
 * @param height pixels of the upright image; empty for audio
 */
public record SentFile(String extension, OptionalInt width, OptionalInt height) {
  private static final int LYING = 5;

  /**
   * Looks into a file.
   *
   * @throws ExplainedException when it is no image and no audio that a request may name
   */
  public static SentFile of(Path file) throws ExplainedException, IOException {
    FileType type = FileType.of(file);
    if (!type.image()) {
      if (!type.audio()) {
        throw FetchException.permanent(
            "the file is "
                + type.text()
                + "; accepted are JPEG, PNG and WebP images, MP3, WAV, FLAC, M4A, AAC and OGG"
                + " audio");
      }
      AudioInputs.check(file, type);
      return new SentFile(type.extension(), OptionalInt.empty(), OptionalInt.empty());
    }
    try (Arena arena = Arena.ofConfined();
        FileChannel in = FileChannel.open(file, READ)) {
      ByteBuffer content =
          in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena).asByteBuffer();
      ImageStructure image = ImageStructure.read(type, content);
      boolean lying = image.orientation() >= LYING;
      return new SentFile(
          type.extension(),
          OptionalInt.of(lying ? image.height() : image.width()),
          OptionalInt.of(lying ? image.width() : image.height()));
    } catch (IndexOutOfBoundsException e) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
  }
}
