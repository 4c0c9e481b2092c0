package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_free;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_read;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_size;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_write;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_compare;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_samples_set_silence;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc;
import static org.bytedeco.ffmpeg.global.swresample.swr_config_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_init;
import static org.bytedeco.ffmpeg.global.swresample.swr_set_matrix;

import org.bytedeco.ffmpeg.avutil.AVAudioFifo;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swresample.SwrContext;
import org.jspecify.annotations.Nullable;

/**
 * Decoded audio in one format, rate and number of channels, whatever its frames change to. More
 * channels are mixed down by FFmpeg's own matrix; a single one goes to both sides as loud as it is.
 */
final class ResampledAudio implements AutoCloseable {
  private final AudioFrames frames;
  private final String role;
  private final int format;
  private final int rate;
  private final int channels;
  private final AVFrame converted = av_frame_alloc();

  /** Holds the format, rate and layout that the converter was made for. */
  private final AVFrame likeness = av_frame_alloc();

  private final AVAudioFifo fifo;
  private SwrContext converter = new SwrContext(null);
  private boolean ended;

  /** Takes over {@code frames}, from the one on that it stands on. */
  ResampledAudio(AudioFrames frames, String role, int format, int rate, int channels) {
    this.frames = frames;
    this.role = role;
    this.format = format;
    this.rate = rate;
    this.channels = channels;
    fifo = av_audio_fifo_alloc(format, channels, 4096);
  }

  /** Sets a frame's format, rate and channels to what this gives. */
  void describe(AVFrame frame) {
    frame.format(format);
    frame.sample_rate(rate);
    av_channel_layout_default(frame.ch_layout(), channels);
  }

  /**
   * Fills {@code frame}, which has buffers for {@code count} samples, with silence behind the end.
   *
   * @return how many samples are not that silence
   */
  int read(AVFrame frame, int count) throws MediaException, InterruptedException {
    while (!ended && av_audio_fifo_size(fifo) < count) {
      ended = frames.over() || !put();
    }
    int read =
        Ffmpeg.check(
            av_audio_fifo_read(fifo, frame.extended_data(), count), role + " cannot be converted");
    av_samples_set_silence(frame.extended_data(), read, count - read, channels, format);
    return read;
  }

  /** Converts the current frame; false if it was the last. */
  private boolean put() throws MediaException, InterruptedException {
    AVFrame frame = frames.current();
    if (!fits(frame)) {
      renew(frame);
    }
    convert(frame);
    if (frames.advance()) {
      return true;
    }
    convert(null);
    return false;
  }

  private boolean fits(AVFrame frame) {
    return !converter.isNull()
        && frame.format() == likeness.format()
        && frame.sample_rate() == likeness.sample_rate()
        && av_channel_layout_compare(frame.ch_layout(), likeness.ch_layout()) == 0;
  }

  private void renew(AVFrame frame) throws MediaException {
    String failure = role + " cannot be converted to stereo";
    if (!converter.isNull()) {
      convert(null);
      swr_free(converter);
    }
    converter = Ffmpeg.check(swr_alloc(), failure);
    likeness.format(frame.format());
    likeness.sample_rate(frame.sample_rate());
    Ffmpeg.check(av_channel_layout_copy(likeness.ch_layout(), frame.ch_layout()), failure);
    describe(converted);
    try {
      Ffmpeg.check(swr_config_frame(converter, converted, frame), failure);
    } finally {
      av_frame_unref(converted);
    }
    if (frame.ch_layout().nb_channels() == 1 && channels == 2) {
      // FFmpeg's own matrix would take 3 dB away
      Ffmpeg.check(swr_set_matrix(converter, new double[] {1, 1}, 1), failure);
    }
    Ffmpeg.check(swr_init(converter), failure);
  }

  /** Puts a frame, or with null the end of what the resampler holds, into the fifo. */
  private void convert(@Nullable AVFrame frame) throws MediaException {
    try {
      describe(converted);
      Ffmpeg.check(
          swr_convert_frame(converter, converted, frame), role + " cannot be converted to stereo");
      Ffmpeg.check(
          av_audio_fifo_write(fifo, converted.extended_data(), converted.nb_samples()),
          role + " cannot be converted");
    } finally {
      av_frame_unref(converted);
    }
  }

  @Override
  public void close() {
    av_audio_fifo_free(fifo);
    swr_free(converter);
    av_frame_free(converted);
    av_frame_free(likeness);
    frames.close();
  }
}
