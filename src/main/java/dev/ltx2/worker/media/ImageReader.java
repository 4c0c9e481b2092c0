package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_DISPLAYMATRIX;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_side_data;

import dev.ltx2.worker.graphics.Bitmap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.javacpp.IntPointer;

/** Reads images, and frames out of videos. */
public final class ImageReader {
  static {
    Ffmpeg.load();
  }

  private ImageReader() {}

  /**
   * Decodes a JPEG, PNG or WebP through FFmpeg, turned as its EXIF orientation says, as ComfyUI's
   * LoadImage does; transparency is dropped.
   */
  public static Bitmap read(Path file) throws MediaException, InterruptedException {
    AVFrame frame = av_frame_alloc();
    try (StreamReader source = StreamReader.open(file, "The image", demuxer(file));
        Decoder decoder = new Decoder(source, source.video());
        FrameConverter pixels = new FrameConverter()) {
      if (!decoder.next(frame)) {
        throw new MediaException("The image cannot be decoded: it is damaged or too large");
      }
      Bitmap image = pixels.decode(frame);
      AVFrameSideData matrix = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
      return matrix == null ? image : turn(image, new IntPointer(matrix.data()));
    } finally {
      av_frame_free(frame);
    }
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

  /** By content: FFmpeg's own choice goes by the file's name, which may be any. */
  private static String demuxer(Path file) throws MediaException {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(12);
    } catch (IOException e) {
      throw new MediaException("The image cannot be read", e);
    }
    String text = new String(head, StandardCharsets.ISO_8859_1);
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return "jpeg_pipe";
    }
    if (text.startsWith("\u0089PNG\r\n")) {
      return "png_pipe";
    }
    if (text.startsWith("RIFF") && text.endsWith("WEBP")) {
      return "webp_pipe";
    }
    throw new MediaException("The image cannot be read: it is not a JPEG, PNG or WebP");
  }

  /** Moves pixel (x, y) to (ax + cy, bx + dy); all are -1, 0 or 1 in an orientation. */
  private static Bitmap turn(Bitmap image, IntPointer matrix) {
    int a = Integer.signum(matrix.get(0));
    int b = Integer.signum(matrix.get(1));
    int c = Integer.signum(matrix.get(3));
    int d = Integer.signum(matrix.get(4));
    int right = image.width() - 1;
    int bottom = image.height() - 1;
    int left = Math.min(0, a * right) + Math.min(0, c * bottom);
    int top = Math.min(0, b * right) + Math.min(0, d * bottom);
    int width = a == 0 ? image.height() : image.width();
    int height = a == 0 ? image.width() : image.height();
    Bitmap turned = new Bitmap(width, height);
    for (int y = 0; y <= bottom; y++) {
      for (int x = 0; x <= right; x++) {
        turned.rgb(a * x + c * y - left, b * x + d * y - top, image.rgb(x, y));
      }
    }
    return turned;
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
