package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_ENOMEM;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The decoded frames of one stream, as presented: the edit list and encoder delays are honoured.
 */
final class Decoder implements AutoCloseable {
  /** Frames are not decoded beyond this; 100 megapixels are 300 MB as a bitmap. */
  private static final long MAX_PIXELS = 100_000_000;

  /** A million empty packets fit into a megabyte; this many give no frame in no sane file. */
  private static final int MAX_BARREN = 10_000;

  /** Twice the packets of 30.5 s of the shortest blocks that any codec has, at 192 kHz. */
  private static final int MAX_PACKETS = 800_000;

  private final StreamReader source;
  private final AVCodecContext context;
  private final AVPacket packet;
  private boolean ended;

  /** All packets, and those since the last frame. */
  private int packets;

  private int barren;

  Decoder(StreamReader source, AVStream stream) throws MediaException {
    this.source = source;
    int codec = stream.codecpar().codec_id();
    String failure = source.role() + " cannot be decoded (" + name(stream) + ")";
    AVCodec decoder = Ffmpeg.check(avcodec_find_decoder(codec), failure);
    context = Ffmpeg.check(avcodec_alloc_context3(decoder), failure);
    packet = av_packet_alloc();
    try {
      Ffmpeg.check(avcodec_parameters_to_context(context, stream.codecpar()), failure);
      context.pkt_timebase(stream.time_base());
      context.thread_count(0);
      context.max_pixels(MAX_PIXELS);
      Ffmpeg.check(avcodec_open2(context, decoder, (AVDictionary) null), failure);
    } catch (MediaException e) {
      close();
      throw e;
    }
  }

  /** FFmpeg's name of the stream's codec. */
  static String name(AVStream stream) {
    return avcodec_get_name(stream.codecpar().codec_id()).getString();
  }

  /**
   * Decodes the next frame; false at the end, or where nothing but damage follows. What is damaged
   * is left out.
   */
  boolean next(AVFrame frame) throws MediaException, InterruptedException {
    while (true) {
      Ffmpeg.obeyInterrupt();
      int code = avcodec_receive_frame(context, frame);
      if (code >= 0) {
        barren = 0;
        return true;
      }
      if (code == AVERROR_EOF()) {
        return false;
      }
      if (code == AVERROR_ENOMEM()) {
        Ffmpeg.check(code, source.role() + " cannot be decoded");
      }
      if (code == AVERROR_EAGAIN()) {
        feed();
      }
    }
  }

  private void feed() throws InterruptedException {
    if (!ended && barren++ < MAX_BARREN && packets++ < MAX_PACKETS && source.read(packet)) {
      avcodec_send_packet(context, packet);
      av_packet_unref(packet);
    } else {
      ended = true;
      avcodec_send_packet(context, null);
    }
  }

  @Override
  public void close() {
    av_packet_free(packet);
    avcodec_free_context(context);
  }
}
