package dev.ltx2.worker.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.bytedeco.ffmpeg.global.avcodec.*;
import static org.bytedeco.ffmpeg.global.avutil.*;

import dev.ltx2.worker.graphics.Bitmap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.javacpp.IntPointer;

/**
 * Decodes single images, also those from outside. The pixels stay outside of the Java heap, which
 * has 64 MB where an image of 100 megapixels needs 300; and the codec is given, not guessed from
 * the file.
 */
public final class ImageDecoder {
  /** Twice what any video of ours is wide; only images that are rewritten are shrunk to it. */
  private static final int MAX_SIDE = 4096;

  /** 100 megapixels, which are 300 MB; FFmpeg counts rows rounded up to its alignment. */
  private static final long MAX_PIXELS = 110_000_000;

  static {
    Ffmpeg.load();
  }

  /** What images may be stored as. */
  public enum Format {
    JPEG("jpg", "mjpeg", "\u00ff\u00d8\u00ff"),
    PNG("png", "png", "\u0089PNG\r\n\u001a\n"),
    /** The four bytes in between are the size. */
    WEBP("webp", "webp", "RIFF");

    private final String extension;
    private final String codec;
    private final String magic;

    Format(String extension, String codec, String magic) {
      this.extension = extension;
      this.codec = codec;
      this.magic = magic;
    }

    /** Of files, without a dot. */
    public String extension() {
      return extension;
    }

    /** Whether a file that begins so, with 12 bytes or more, is meant as one. */
    public boolean matches(byte[] head) {
      return has(head, 0, magic) && (this != WEBP || has(head, 8, "WEBP"));
    }

    private static boolean has(byte[] head, int at, String magic) {
      byte[] letters = magic.getBytes(ISO_8859_1);
      return head.length >= at + letters.length
          && Arrays.equals(head, at, at + letters.length, letters, 0, letters.length);
    }
  }

  /** Pixels of an image. */
  public record Dimensions(int width, int height) {}

  /**
   * How the upright image lies in the stored one.
   *
   * @param lying whether its rows are the stored columns
   * @param fromRight whether its first pixel is in the last stored column
   * @param fromBottom whether its first pixel is in the last stored row
   */
  private record Orientation(boolean lying, boolean fromRight, boolean fromBottom) {
    /** EXIF's, 1 to 8. */
    static Orientation ofExif(int orientation) {
      return new Orientation(
          orientation >= 5,
          List.of(2, 3, 7, 8).contains(orientation),
          List.of(3, 4, 6, 7).contains(orientation));
    }

    /** FFmpeg's: pixel (x, y) moves to (ax + cy, bx + dy). */
    static Orientation ofMatrix(IntPointer matrix) {
      int a = matrix.get(0);
      int b = matrix.get(1);
      int c = matrix.get(3);
      int d = matrix.get(4);
      return new Orientation(a == 0, a < 0 || b < 0, c < 0 || d < 0);
    }
  }

  private ImageDecoder() {}

  /** Decodes the whole image, to know that it can be. */
  public static void check(Path file, Format format) throws MediaException, IOException {
    av_frame_free(decode(file, format));
  }

  /**
   * Writes the image as an 8-bit RGB PNG that needs no turning.
   *
   * @param orientation EXIF's, 1 to 8
   * @return the size it has now: turned, and at most 4096 pixels long
   */
  public static Dimensions rewrite(Path file, Format format, int orientation, Path png)
      throws MediaException, IOException {
    AVFrame frame = decode(file, format);
    AVFrame rgb = null;
    AVFrame upright = null;
    try {
      double scale = Math.min(1, (double) MAX_SIDE / Math.max(frame.width(), frame.height()));
      rgb = rgb(frame, scale);
      upright = upright(rgb, Orientation.ofExif(orientation));
      write(upright, png);
      return new Dimensions(upright.width(), upright.height());
    } finally {
      av_frame_free(frame);
      av_frame_free(rgb);
      av_frame_free(upright);
    }
  }

  /** The whole image, turned as its EXIF orientation says. */
  static Bitmap read(Path file, Format format) throws MediaException, IOException {
    AVFrame frame = decode(file, format);
    AVFrame rgb = null;
    AVFrame upright = null;
    try (FrameConverter pixels = new FrameConverter()) {
      AVFrameSideData matrix = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
      if (matrix == null) {
        return pixels.decode(frame);
      }
      rgb = rgb(frame, 1);
      upright = upright(rgb, Orientation.ofMatrix(new IntPointer(matrix.data())));
      return pixels.decode(upright);
    } finally {
      av_frame_free(frame);
      av_frame_free(rgb);
      av_frame_free(upright);
    }
  }

  private static AVFrame decode(Path file, Format format) throws MediaException, IOException {
    AVCodecContext context = avcodec_alloc_context3(avcodec_find_decoder_by_name(format.codec));
    AVPacket packet = av_packet_alloc();
    AVFrame frame = av_frame_alloc();
    boolean good = false;
    try {
      context.thread_count(1);
      context.max_pixels(MAX_PIXELS);
      context.err_recognition(AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE);
      check(avcodec_open2(context, context.codec(), (AVDictionary) null));
      read(file, packet);
      check(avcodec_send_packet(context, packet));
      check(avcodec_send_packet(context, null));
      check(avcodec_receive_frame(context, frame));
      good = true;
      return frame;
    } finally {
      if (!good) {
        av_frame_free(frame);
      }
      av_packet_free(packet);
      avcodec_free_context(context);
    }
  }

  private static void read(Path file, AVPacket packet) throws MediaException, IOException {
    try (FileChannel in = FileChannel.open(file, READ)) {
      int size = Math.toIntExact(in.size());
      check(av_new_packet(packet, size));
      ByteBuffer data = packet.data().capacity(size).asByteBuffer();
      while (data.hasRemaining() && in.read(data) >= 0) {}
    }
  }

  /** The image in 8-bit RGB. */
  private static AVFrame rgb(AVFrame from, double scale) throws MediaException {
    AVFrame to =
        FrameConverter.rgb(
            (int) Math.max(1, Math.round(from.width() * scale)),
            (int) Math.max(1, Math.round(from.height() * scale)));
    try (FrameConverter pixels = new FrameConverter()) {
      pixels.convert(from, to);
      return to;
    } catch (MediaException e) {
      av_frame_free(to);
      throw e;
    }
  }

  /** Row by row from wherever the upright image's row lies in the stored one. */
  private static AVFrame upright(AVFrame stored, Orientation turn) throws MediaException {
    int width = stored.width();
    int height = stored.height();
    int line = stored.linesize(0);
    int start =
        (turn.fromRight ? 3 * (width - 1) : 0) + (turn.fromBottom ? line * (height - 1) : 0);
    int across = turn.fromRight ? -3 : 3;
    int down = turn.fromBottom ? -line : line;
    AVFrame upright =
        turn.lying ? FrameConverter.rgb(height, width) : FrameConverter.rgb(width, height);
    ByteBuffer from = bytes(stored);
    ByteBuffer to = bytes(upright);
    byte[] row = new byte[3 * upright.width()];
    for (int y = 0; y < upright.height(); y++) {
      int at = start + y * (turn.lying ? across : down);
      for (int x = 0; x < row.length; x += 3, at += turn.lying ? down : across) {
        row[x] = from.get(at);
        row[x + 1] = from.get(at + 1);
        row[x + 2] = from.get(at + 2);
      }
      to.put(y * upright.linesize(0), row);
    }
    return upright;
  }

  private static ByteBuffer bytes(AVFrame frame) {
    return frame.data(0).capacity((long) frame.linesize(0) * frame.height()).asByteBuffer();
  }

  /** Writes 8-bit RGB as a PNG. */
  static void write(AVFrame frame, Path png) throws MediaException, IOException {
    AVCodecContext context = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG));
    AVPacket packet = av_packet_alloc();
    try (FileChannel out = FileChannel.open(png, CREATE, TRUNCATE_EXISTING, WRITE)) {
      context.width(frame.width()).height(frame.height()).pix_fmt(frame.format());
      context.time_base(av_make_q(1, 1));
      context.compression_level(1);
      check(avcodec_open2(context, context.codec(), (AVDictionary) null));
      check(avcodec_send_frame(context, frame));
      check(avcodec_receive_packet(context, packet));
      ByteBuffer data = packet.data().capacity(packet.size()).asByteBuffer();
      while (data.hasRemaining()) {
        out.write(data);
      }
    } finally {
      av_packet_free(packet);
      avcodec_free_context(context);
    }
  }

  private static void check(int code) throws MediaException {
    Ffmpeg.check(code, "The image cannot be decoded");
  }
}
