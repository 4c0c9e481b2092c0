package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.*;
import static org.bytedeco.ffmpeg.global.avfilter.*;
import static org.bytedeco.ffmpeg.global.avutil.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * Decodes single pictures from outside. The pixels stay outside of the Java heap, which has 64 MB
 * where a picture of 100 megapixels needs 300; and the codec is given, not guessed from the file.
 */
public final class Still {
  /** Twice what any film of ours is wide; only pictures that are rewritten are shrunk to it. */
  private static final int MAX_SIDE = 4096;

  /** EXIF's orientations 1 to 8 as filters that turn the stored picture upright. */
  private static final String[] UPRIGHT = {
    "null",
    "hflip",
    "hflip,vflip",
    "vflip",
    "transpose=0",
    "transpose=1",
    "transpose=3",
    "transpose=2",
  };

  static {
    Ffmpeg.load();
  }

  /** Pixels of a picture. */
  public record Size(int width, int height) {}

  private Still() {}

  /**
   * Decodes the whole picture, to know that it can be.
   *
   * @param codec FFmpeg's name: mjpeg, png or webp
   */
  public static void check(Path file, String codec) throws MediaException, IOException {
    av_frame_free(decode(file, codec));
  }

  /**
   * Writes the picture as an 8-bit RGB PNG that needs no turning.
   *
   * @param orientation EXIF's, 1 to 8
   * @return the size it has now: turned, and at most 4096 pixels long
   */
  public static Size rewrite(Path file, String codec, int orientation, Path png)
      throws MediaException, IOException {
    AVFrame frame = decode(file, codec);
    AVFrame upright = av_frame_alloc();
    try {
      filter(frame, upright, UPRIGHT[orientation - 1]);
      encode(upright, png);
      return new Size(upright.width(), upright.height());
    } finally {
      av_frame_free(frame);
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
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      int size = Math.toIntExact(in.size());
      check(av_new_packet(packet, size));
      ByteBuffer data = packet.data().capacity(size).asByteBuffer();
      while (data.hasRemaining() && in.read(data) >= 0) {}
    }
  }

  private static void filter(AVFrame from, AVFrame to, String turn) throws MediaException {
    AVFilterGraph graph = avfilter_graph_alloc();
    AVFilterInOut start = avfilter_inout_alloc();
    AVFilterInOut end = avfilter_inout_alloc();
    try {
      graph.nb_threads(1);
      AVFilterContext source = new AVFilterContext();
      AVFilterContext sink = new AVFilterContext();
      String arguments =
          "video_size=%dx%d:pix_fmt=%d:time_base=1/1:colorspace=%d:range=%d"
              .formatted(
                  from.width(),
                  from.height(),
                  from.format(),
                  from.colorspace(),
                  from.color_range());
      check(
          avfilter_graph_create_filter(
              source, avfilter_get_by_name("buffer"), "in", arguments, null, graph));
      check(
          avfilter_graph_create_filter(
              sink, avfilter_get_by_name("buffersink"), "out", null, null, graph));
      start.name(av_strdup(new BytePointer("in"))).filter_ctx(source).pad_idx(0);
      end.name(av_strdup(new BytePointer("out"))).filter_ctx(sink).pad_idx(0);
      String chain =
          "scale=w='min(%1$d,iw)':h='min(%1$d,ih)':force_original_aspect_ratio=decrease,%2$s,format=rgb24"
              .formatted(MAX_SIDE, turn);
      check(avfilter_graph_parse_ptr(graph, chain, end, start, null));
      check(avfilter_graph_config(graph, null));
      check(av_buffersrc_add_frame(source, from));
      check(av_buffersink_get_frame(sink, to));
    } finally {
      avfilter_inout_free(start);
      avfilter_inout_free(end);
      avfilter_graph_free(graph);
    }
  }

  private static void encode(AVFrame frame, Path png) throws MediaException, IOException {
    AVCodecContext context = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG));
    AVPacket packet = av_packet_alloc();
    try (FileChannel out =
        FileChannel.open(png, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
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
    Ffmpeg.check(code, "the picture");
  }
}
