package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;

/** An audio track encoded to AAC, cut or padded with silence to a length. */
final class AacTrack implements Track {
  private static final int BIT_RATE = 192_000;

  /** Samples of an AAC frame. */
  static final int FRAME = 1024;

  private final StreamReader source;
  private final Encoder encoder;
  private final ResampledAudio audio;
  private final int rate;
  private final int channels;
  private final long samples;
  private final double seconds;
  private long written;
  private boolean encoderEnded;

  /** Takes over {@code source}, of which {@code stream} is the chosen one. */
  AacTrack(StreamReader source, AVStream stream, double seconds)
      throws MediaException, InterruptedException {
    this.source = source;
    this.seconds = seconds;
    // Every player knows 44.1 and 48 kHz; other rates become 48. More than two channels are mixed
    // down by FFmpeg's own matrix; mono stays mono.
    rate = stream.codecpar().sample_rate() == 44_100 ? 44_100 : 48_000;
    channels = Math.min(stream.codecpar().ch_layout().nb_channels(), 2);
    samples = Math.round(seconds * rate);
    AudioFrames frames = new AudioFrames(source, stream, Double.POSITIVE_INFINITY);
    audio = new ResampledAudio(frames, source.role(), AV_SAMPLE_FMT_FLTP, rate, channels);
    try {
      encoder = new Encoder("aac", this::configure);
    } catch (MediaException e) {
      audio.close();
      throw e;
    }
  }

  private void configure(AVCodecContext context) {
    context.sample_fmt(AV_SAMPLE_FMT_FLTP);
    context.sample_rate(rate);
    context.bit_rate(BIT_RATE);
    av_channel_layout_default(context.ch_layout(), channels);
    context.time_base(av_make_q(1, rate));
  }

  @Override
  public void describe(AVStream out) throws MediaException {
    encoder.describe(out);
  }

  @Override
  public AVRational timeBase() {
    return encoder.timeBase();
  }

  @Override
  public double seconds() {
    return seconds;
  }

  @Override
  public boolean next(AVPacket packet) throws MediaException, InterruptedException {
    while (!encoder.receive(packet)) {
      if (encoderEnded) {
        return false;
      }
      if (written == samples) {
        encoder.send(null);
        encoderEnded = true;
      } else {
        encode((int) Math.min(FRAME, samples - written));
      }
    }
    return true;
  }

  private void encode(int size) throws MediaException, InterruptedException {
    AVFrame frame = av_frame_alloc();
    try {
      audio.describe(frame);
      frame.nb_samples(size);
      Ffmpeg.check(av_frame_get_buffer(frame, 0), "Encoding the audio failed");
      audio.read(frame, size);
      frame.pts(written);
      encoder.send(frame);
      written += size;
    } finally {
      av_frame_free(frame);
    }
  }

  @Override
  public void close() {
    encoder.close();
    audio.close();
    source.close();
  }
}
