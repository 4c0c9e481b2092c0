package dev.ltx2.worker.input;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.READ;

import dev.ltx2.worker.media.ImageDecoder;
import dev.ltx2.worker.media.MediaException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/**
 * Makes images from outside safe to hand on: ComfyUI gets the pixels, upright, and nothing else
 * that was in the file.
 */
final class ImageInputs {
  private static final String WANTED = "; accepted are JPEG, PNG and WebP";
  private static final int MEGAPIXEL = 1_000_000;

  /** Megapixels being decoded at a time: nine images of 100 would take 3 GB. */
  private static final int MAX_DECODING = 100;

  private static final Semaphore DECODING = new Semaphore(MAX_DECODING);

  private ImageInputs() {}

  /** The finished image, {@code stem} with an extension. */
  static Path accept(Path raw, FileType type, TargetSize target, Path stem)
      throws FetchException, IOException, InterruptedException {
    if (!type.image()) {
      throw FetchException.permanent("the file is " + type.text() + WANTED);
    }
    Path clean = named(stem, type.extension());
    ImageStructure image = clean(raw, type, clean);
    Files.delete(raw);
    return decoded(clean, type, image, target, stem);
  }

  private static Path named(Path stem, String extension) {
    return stem.resolveSibling(stem.getFileName() + "." + extension);
  }

  /** Copies what is image. Mapped, as an image's structure is spread over its 50 MB. */
  private static ImageStructure clean(Path raw, FileType type, Path clean)
      throws FetchException, IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel in = FileChannel.open(raw, READ)) {
      ByteBuffer file = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena).asByteBuffer();
      ImageStructure image = ImageStructure.read(type, file);
      image.kept().write(image.head(), file, clean);
      return image;
    } catch (IndexOutOfBoundsException e) {
      throw FetchException.permanent(ImageStructure.TRUNCATED);
    }
  }

  private static Path decoded(
      Path clean, FileType type, ImageStructure image, TargetSize target, Path stem)
      throws FetchException, IOException, InterruptedException {
    int megapixels = (int) Math.ceilDiv(image.pixels(), (long) MEGAPIXEL);
    DECODING.acquire(megapixels);
    try {
      if (image.orientation() == 1 && image.plain()) {
        target.check(image.width(), image.height());
        ImageDecoder.check(clean, type.format());
        return clean;
      }
      // ComfyUI turns by EXIF only what its FFmpeg has a matrix for, and never mirrors.
      Path turned = named(stem, "turned.part");
      ImageDecoder.Dimensions size =
          ImageDecoder.rewrite(clean, type.format(), image.orientation(), turned);
      target.check(size.width(), size.height());
      Files.delete(clean);
      return Files.move(turned, named(stem, "png"), REPLACE_EXISTING);
    } catch (MediaException e) {
      throw FetchException.permanent(ImageStructure.UNDECODABLE);
    } finally {
      DECODING.release(megapixels);
    }
  }
}
