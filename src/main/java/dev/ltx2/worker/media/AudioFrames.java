package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The decoded frames of an audio stream, within bounds: whatever somebody sends, decoding it ends
 * soon, and every sample is a number. It stands on the first frame once it is made.
 */
final class AudioFrames implements AutoCloseable {
  /** 7.1; no voice has more, and FFmpeg's decoders go up to 65,535. */
  private static final int MAX_CHANNELS = 8;

  private static final int MAX_RATE = 192_000;

  /** Files joined of several have a handful; each costs a new resampler. */
  private static final int MAX_CHANGES = 1000;

  private final StreamReader source;
  private final double atMost;
  private final Decoder decoder;
  private final AVFrame frame = av_frame_alloc();
  private double earlier;
  private long samples;
  private int rate;
  private int channels;
  private int changes;

  /**
   * Decodes the first frame of {@code stream}, the chosen one of {@code source}.
   *
   * @param atMost seconds after which it is {@link #over}
   * @throws MediaException also where there is none, or more than eight channels or 192 kHz
   */
  AudioFrames(StreamReader source, AVStream stream, double atMost)
      throws MediaException, InterruptedException {
    this.source = source;
    this.atMost = atMost;
    boolean good = false;
    Decoder opened = null;
    try {
      check(source.role(), stream);
      opened = new Decoder(source, stream);
      decoder = opened;
      if (!advance()) {
        throw new MediaException(source.role() + " holds no audio that can be decoded");
      }
      good = true;
    } finally {
      if (!good) {
        av_frame_free(frame);
        if (opened != null) {
          opened.close();
        }
      }
    }
  }

  /** Refuses a stream by what its header says, before anything of it is decoded. */
  static void check(String role, AVStream stream) throws MediaException {
    check(role, stream.codecpar().ch_layout().nb_channels(), stream.codecpar().sample_rate());
  }

  private static void check(String role, int channels, int rate) throws MediaException {
    if (channels > MAX_CHANNELS) {
      throw new MediaException(
          "%s has %d channels, at most %d are accepted".formatted(role, channels, MAX_CHANNELS));
    }
    if (rate > MAX_RATE) {
      throw new MediaException(
          "%s has %d samples a second, at most %d are accepted".formatted(role, rate, MAX_RATE));
    }
  }

  /** Goes on to the next frame; false at the end. Damaged parts are left out. */
  boolean advance() throws MediaException, InterruptedException {
    do {
      if (!decoder.next(frame)) {
        return false;
      }
    } while (frame.nb_samples() <= 0 || frame.sample_rate() <= 0);
    if (frame.ch_layout().order() == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(frame.ch_layout(), frame.ch_layout().nb_channels());
    }
    if (frame.sample_rate() != rate || frame.ch_layout().nb_channels() != channels) {
      change();
    }
    samples += frame.nb_samples();
    Samples.repair(frame);
    return true;
  }

  private void change() throws MediaException {
    check(source.role(), frame.ch_layout().nb_channels(), frame.sample_rate());
    if (changes++ > MAX_CHANGES) {
      throw new MediaException(source.role() + " changes its format too often");
    }
    earlier = seconds();
    samples = 0;
    rate = frame.sample_rate();
    channels = frame.ch_layout().nb_channels();
  }

  /** Whether the current frame ends after what is wanted at most: one frame may last hours. */
  boolean over() {
    return seconds() > atMost;
  }

  /** The frame it stands on. */
  AVFrame current() {
    return frame;
  }

  /** What was decoded so far, the current frame included. */
  double seconds() {
    return samples == 0 ? earlier : earlier + (double) samples / rate;
  }

  /** Hz of the current frame. */
  int sampleRate() {
    return rate;
  }

  /** Of the current frame. */
  int channels() {
    return channels;
  }

  @Override
  public void close() {
    decoder.close();
    av_frame_free(frame);
  }
}
