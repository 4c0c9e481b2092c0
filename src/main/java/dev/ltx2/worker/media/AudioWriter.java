package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.ShortPointer;

/** Encodes mono samples to FLAC (16 bit). */
public final class AudioWriter {
  static {
    Ffmpeg.load();
  }

  private static final int FRAME = 4096;

  private AudioWriter() {}

  /**
   * Writes a whole file.
   *
   * @param samples -1 to 1; what lies beyond is clipped
   */
  public static void flac(Path file, float[] samples, int sampleRate) throws MediaException {
    AVPacket packet = av_packet_alloc();
    try (Encoder encoder = new Encoder("flac", context -> configure(context, sampleRate));
        Muxer muxer = new Muxer(file, "flac")) {
      encoder.describe(muxer.add());
      muxer.start(Map.of());
      for (int at = 0; at < samples.length; at += FRAME) {
        send(encoder, samples, at, Math.min(FRAME, samples.length - at), sampleRate);
        write(encoder, packet, muxer);
      }
      encoder.send(null);
      write(encoder, packet, muxer);
      muxer.finish();
    } finally {
      av_packet_free(packet);
    }
  }

  private static void configure(AVCodecContext context, int sampleRate) {
    context.sample_fmt(AV_SAMPLE_FMT_S16);
    context.sample_rate(sampleRate);
    context.frame_size(FRAME);
    av_channel_layout_default(context.ch_layout(), 1);
    context.time_base(av_make_q(1, sampleRate));
  }

  private static void send(Encoder encoder, float[] samples, int at, int count, int sampleRate)
      throws MediaException {
    short[] rounded = new short[count];
    for (int i = 0; i < count; i++) {
      rounded[i] = (short) Math.round(Math.clamp(samples[at + i], -1f, 1f) * Short.MAX_VALUE);
    }
    AVFrame frame = av_frame_alloc();
    try {
      frame.format(AV_SAMPLE_FMT_S16);
      frame.sample_rate(sampleRate);
      frame.nb_samples(count);
      av_channel_layout_default(frame.ch_layout(), 1);
      Ffmpeg.check(av_frame_get_buffer(frame, 0), "No memory for the audio");
      new ShortPointer(frame.data(0)).put(rounded, 0, count);
      frame.pts(at);
      encoder.send(frame);
    } finally {
      av_frame_free(frame);
    }
  }

  private static void write(Encoder encoder, AVPacket packet, Muxer muxer) throws MediaException {
    while (encoder.receive(packet)) {
      muxer.write(packet, 0, encoder.timeBase());
    }
  }
}
