package dev.ltx2.worker.media;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.bytedeco.ffmpeg.global.avcodec.*;
import static org.bytedeco.ffmpeg.global.avutil.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Decodes single images from outside. The pixels stay outside of the Java heap, which has 64 MB
 * where an image of 100 megapixels needs 300; and the codec is given, not guessed from the file.
 */
public final class ImageDecoder {
  /** Twice what any video of ours is wide; only images that are rewritten are shrunk to it. */
  private static final int MAX_SIDE = 4096;

  static {
    Ffmpeg.load();
  }

  /** Pixels of an image. */
  public record Size(int width, int height) {}

  private ImageDecoder() {}

  /**
   * Decodes the whole image, to know that it can be.
   *
   * @param codec FFmpeg's name: mjpeg, png or webp
   */
  public static void check(Path file, String codec) throws MediaException, IOException {
    av_frame_free(decode(file, codec));
  }

  /**
   * Writes the image as an 8-bit RGB PNG that needs no turning.
   *
   * @param orientation EXIF's, 1 to 8
   * @return the size it has now: turned, and at most 4096 pixels long
   */
  public static Size rewrite(Path file, String codec, int orientation, Path png)
      throws MediaException, IOException {
    AVFrame frame = decode(file, codec);
    AVFrame rgb = null;
    AVFrame upright = null;
    try {
      rgb = rgb(frame);
      upright = upright(rgb, orientation);
      write(upright, png);
      return new Size(upright.width(), upright.height());
    } finally {
      av_frame_free(frame);
      av_frame_free(rgb);
      av_frame_free(upright);
    }
  }

  private static AVFrame decode(Path file, String codec) throws MediaException, IOException {
    AVCodecContext context = avcodec_alloc_context3(avcodec_find_decoder_by_name(codec));
    AVPacket packet = av_packet_alloc();
    AVFrame frame = av_frame_alloc();
    boolean good = false;
    try {
      context.thread_count(1);
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

  /** The image in 8-bit RGB, at most {@link #MAX_SIDE} wide and high. */
  private static AVFrame rgb(AVFrame from) throws MediaException {
    double scale = Math.min(1, (double) MAX_SIDE / Math.max(from.width(), from.height()));
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

  /** Row by row from wherever EXIF says that the upright image's row lies in the stored one. */
  private static AVFrame upright(AVFrame stored, int orientation) throws MediaException {
    int width = stored.width();
    int height = stored.height();
    boolean lying = orientation >= 5;
    boolean fromRight = List.of(2, 3, 7, 8).contains(orientation);
    boolean fromBottom = List.of(3, 4, 6, 7).contains(orientation);
    int line = stored.linesize(0);
    int start = (fromRight ? 3 * (width - 1) : 0) + (fromBottom ? line * (height - 1) : 0);
    int across = fromRight ? -3 : 3;
    int down = fromBottom ? -line : line;
    AVFrame upright = lying ? FrameConverter.rgb(height, width) : FrameConverter.rgb(width, height);
    ByteBuffer from = bytes(stored);
    ByteBuffer to = bytes(upright);
    byte[] row = new byte[3 * upright.width()];
    for (int y = 0; y < upright.height(); y++) {
      int at = start + y * (lying ? across : down);
      for (int x = 0; x < row.length; x += 3, at += lying ? down : across) {
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
    Ffmpeg.check(code, "the image");
  }
}
