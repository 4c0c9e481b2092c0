package dev.ltx2.worker.input;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An image's size in pixels, upright.
 *
 * @param width as people see it
 * @param height as people see it
 */
public record ImageSize(int width, int height) {
  /** As the image's own header says; empty for what is no image. Nothing is decoded. */
  public static Optional<ImageSize> of(Path image) throws IOException {
    FileType type = FileType.of(image);
    if (!type.image()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined();
        FileChannel in = FileChannel.open(image, READ)) {
      ByteBuffer file = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena).asByteBuffer();
      return Optional.of(upright(ImageStructure.read(type, file)));
    } catch (FetchException | IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  /** EXIF's orientations from 5 on lie on their side. */
  private static ImageSize upright(ImageStructure image) {
    return image.orientation() < 5
        ? new ImageSize(image.width(), image.height())
        : new ImageSize(image.height(), image.width());
  }
}
