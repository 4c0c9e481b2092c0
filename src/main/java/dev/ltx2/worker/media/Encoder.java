package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;

import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.jspecify.annotations.Nullable;

/** Turns frames into packets. The same frames give the same bytes. */
final class Encoder implements AutoCloseable {
  static {
    Ffmpeg.load();
  }

  private final String failure;
  private final AVCodecContext context;

  /** Opens FFmpeg's encoder {@code name}; time base and formats are set by {@code settings}. */
  Encoder(String name, Consumer<AVCodecContext> settings) throws MediaException {
    failure = "Encoding with " + name + " failed";
    AVCodec codec = Ffmpeg.check(avcodec_find_encoder_by_name(name), failure);
    context = Ffmpeg.check(avcodec_alloc_context3(codec), failure);
    // Without BITEXACT the AAC encoder writes its name and version into the stream
    context.flags(AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT);
    settings.accept(context);
    try {
      Ffmpeg.check(avcodec_open2(context, codec, (AVDictionary) null), failure);
    } catch (MediaException e) {
      close();
      throw e;
    }
  }

  AVRational timeBase() {
    return context.time_base();
  }

  void describe(AVStream out) throws MediaException {
    Ffmpeg.check(avcodec_parameters_from_context(out.codecpar(), context), failure);
    out.time_base(context.time_base());
    out.avg_frame_rate(context.framerate());
  }

  /** Takes a frame, or null after the last one. */
  void send(@Nullable AVFrame frame) throws MediaException {
    Ffmpeg.check(avcodec_send_frame(context, frame), failure);
  }

  /** Gives the next packet; false if it needs another frame for that, or has ended. */
  boolean receive(AVPacket packet) throws MediaException {
    int code = avcodec_receive_packet(context, packet);
    if (code == AVERROR_EAGAIN() || code == AVERROR_EOF()) {
      return false;
    }
    Ffmpeg.check(code, failure);
    return true;
  }

  @Override
  public void close() {
    avcodec_free_context(context);
  }
}
