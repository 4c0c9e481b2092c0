package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.ShortPointer;

/** Encodes samples to FLAC (16 bit). */
public final class AudioWriter {
  static {
    Ffmpeg.load();
  }

  private static final int FRAME = 4096;

  private AudioWriter() {}

  /**
   * Writes a whole file of one channel.
   *
   * @param samples -1 to 1; what lies beyond is clipped
   */
  public static void flac(Path file, float[] samples, int sampleRate) throws MediaException {
    write(file, samples, sampleRate, 1);
  }

  /** Writes a whole file of two channels with the same samples in both. */
  public static void stereoFlac(Path file, float[] samples, int sampleRate) throws MediaException {
    write(file, samples, sampleRate, 2);
  }

  private static void write(Path file, float[] samples, int sampleRate, int channels)
      throws MediaException {
    AVPacket packet = av_packet_alloc();
    try (Encoder encoder =
            new Encoder("flac", context -> configure(context, sampleRate, channels));
        Muxer muxer = new Muxer(file, "flac")) {
      encoder.describe(muxer.add());
      muxer.start(Map.of());
      AVFrame frame = av_frame_alloc();
      try {
        for (int at = 0; at < samples.length; at += FRAME) {
          describe(frame, sampleRate, channels);
          send(encoder, frame, samples, at);
          write(encoder, packet, muxer);
        }
      } finally {
        av_frame_free(frame);
      }
      encoder.send(null);
      write(encoder, packet, muxer);
      muxer.finish();
    } finally {
      av_packet_free(packet);
    }
  }

  private static void configure(AVCodecContext context, int sampleRate, int channels) {
    context.sample_fmt(AV_SAMPLE_FMT_S16);
    context.sample_rate(sampleRate);
    context.frame_size(FRAME);
    av_channel_layout_default(context.ch_layout(), channels);
    context.time_base(av_make_q(1, sampleRate));
  }

  private static void describe(AVFrame frame, int sampleRate, int channels) {
    frame.format(AV_SAMPLE_FMT_S16);
    frame.sample_rate(sampleRate);
    av_channel_layout_default(frame.ch_layout(), channels);
  }

  private static void send(Encoder encoder, AVFrame frame, float[] samples, int at)
      throws MediaException {
    int count = Math.min(FRAME, samples.length - at);
    int channels = frame.ch_layout().nb_channels();
    short[] rounded = new short[count * channels];
    for (int i = 0; i < rounded.length; i++) {
      float sample = Math.clamp(samples[at + i / channels], -1f, 1f);
      rounded[i] = (short) Math.round(sample * Short.MAX_VALUE);
    }
    frame.nb_samples(count);
    Ffmpeg.check(av_frame_get_buffer(frame, 0), "No memory for the audio");
    try {
      new ShortPointer(frame.data(0)).put(rounded, 0, rounded.length);
      frame.pts(at);
      encoder.send(frame);
    } finally {
      av_frame_unref(frame);
    }
  }

  private static void write(Encoder encoder, AVPacket packet, Muxer muxer) throws MediaException {
    while (encoder.receive(packet)) {
      muxer.write(packet, 0, encoder.timeBase());
    }
  }
}
