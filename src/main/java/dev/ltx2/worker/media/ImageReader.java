package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import dev.ltx2.worker.graphics.Bitmap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Reads images, and frames out of videos. */
public final class ImageReader {
  static {
    Ffmpeg.load();
  }

  private ImageReader() {}

  /**
   * Decodes a JPEG, PNG or WebP through FFmpeg, turned as its EXIF orientation says, as ComfyUI's
   * LoadImage does; transparency is dropped. Goes by content: a name may be any.
   */
  public static Bitmap read(Path file) throws MediaException {
    try {
      byte[] head;
      try (InputStream in = Files.newInputStream(file)) {
        head = in.readNBytes(12);
      }
      for (ImageDecoder.Format format : ImageDecoder.Format.values()) {
        if (format.matches(head)) {
          return ImageDecoder.read(file, format);
        }
      }
    } catch (IOException e) {
      throw new MediaException("The image cannot be read", e);
    }
    throw new MediaException("The image cannot be read: it is not a JPEG, PNG or WebP");
  }

  /** Writes a PNG. */
  public static void write(Bitmap image, Path png) throws MediaException, IOException {
    AVFrame frame = FrameConverter.rgb(image.width(), image.height());
    try (FrameConverter pixels = new FrameConverter()) {
      pixels.encode(image, frame);
      ImageDecoder.write(frame, png);
    } finally {
      av_frame_free(frame);
    }
  }

  /**
   * Decodes the presented frames with the given indexes.
   *
   * @param indexes ascending, the first frame is 0
   * @return one for each index
   * @throws MediaException also when the video ends before the last index
   */
  public static List<Bitmap> frames(Path video, List<Integer> indexes)
      throws MediaException, InterruptedException {
    List<Bitmap> images = new ArrayList<>();
    AVFrame frame = av_frame_alloc();
    try (StreamReader source = StreamReader.open(video, "The video file");
        Decoder decoder = new Decoder(source, source.video());
        FrameConverter pixels = new FrameConverter()) {
      int next = 0;
      for (int index : indexes) {
        if (index < next - 1) {
          throw new IllegalArgumentException("indexes are not ascending: " + indexes);
        }
        if (index == next - 1 && !images.isEmpty()) {
          images.add(images.getLast());
          continue;
        }
        while (next <= index) {
          if (!decoder.next(frame)) {
            throw new MediaException(
                "The video file has " + next + " frames, frame " + index + " is not among them");
          }
          next++;
        }
        images.add(pixels.decode(frame));
      }
      return images;
    } finally {
      av_frame_free(frame);
    }
  }
}
