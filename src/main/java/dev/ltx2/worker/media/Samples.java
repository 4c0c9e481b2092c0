package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBL;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBLP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_sample_fmt_is_planar;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Samples that are no numbers. One NaN spreads through a resampler's filter, makes FFmpeg's AAC
 * encoder give up, and a model's whole latent is NaN.
 */
final class Samples {
  /** Four times full scale: no encoder's overshoot comes near, and players clip far below. */
  private static final float MAX = 4;

  private Samples() {}

  /** NaN and infinity become silence, what lies beyond 4 times full scale is cut to that. */
  static void repair(AVFrame frame) throws MediaException {
    int format = frame.format();
    boolean floats = format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_FLTP;
    boolean doubles = format == AV_SAMPLE_FMT_DBL || format == AV_SAMPLE_FMT_DBLP;
    boolean planar = av_sample_fmt_is_planar(format) == 1;
    int channels = frame.ch_layout().nb_channels();
    int planes = planar ? channels : 1;
    int count = frame.nb_samples() * (planar ? 1 : channels);
    if (floats && !IntStream.range(0, planes).allMatch(i -> good(floats(frame, i, count)))) {
      makeWritable(frame);
      IntStream.range(0, planes).forEach(i -> repair(floats(frame, i, count)));
    } else if (doubles
        && !IntStream.range(0, planes).allMatch(i -> good(doubles(frame, i, count)))) {
      makeWritable(frame);
      IntStream.range(0, planes).forEach(i -> repair(doubles(frame, i, count)));
    }
  }

  private static void makeWritable(AVFrame frame) throws MediaException {
    Ffmpeg.check(av_frame_make_writable(frame), "No memory for the audio");
  }

  private static FloatBuffer floats(AVFrame frame, int plane, int count) {
    return new FloatPointer(plane(frame, plane)).capacity(count).asBuffer();
  }

  private static DoubleBuffer doubles(AVFrame frame, int plane, int count) {
    return new DoublePointer(plane(frame, plane)).capacity(count).asBuffer();
  }

  private static Pointer plane(AVFrame frame, int plane) {
    return frame.extended_data().get(plane);
  }

  /** False for NaN too. */
  private static boolean good(double sample) {
    return Math.abs(sample) <= MAX;
  }

  private static boolean good(FloatBuffer samples) {
    for (int i = 0; i < samples.capacity(); i++) {
      if (!good(samples.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean good(DoubleBuffer samples) {
    for (int i = 0; i < samples.capacity(); i++) {
      if (!good(samples.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static void repair(FloatBuffer samples) {
    for (int i = 0; i < samples.capacity(); i++) {
      samples.put(i, (float) repaired(samples.get(i)));
    }
  }

  private static void repair(DoubleBuffer samples) {
    for (int i = 0; i < samples.capacity(); i++) {
      samples.put(i, repaired(samples.get(i)));
    }
  }

  private static double repaired(double sample) {
    return Double.isFinite(sample) ? Math.clamp(sample, -MAX, MAX) : 0;
  }
}
