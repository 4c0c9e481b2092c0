package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INPUT_CHANGED;
import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_free;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_read;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_size;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_write;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;
import static org.bytedeco.ffmpeg.global.avutil.av_samples_set_silence;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc;
import static org.bytedeco.ffmpeg.global.swresample.swr_close;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVAudioFifo;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.swresample.SwrContext;

/** A sound encoded to AAC, cut or padded with silence to a length. */
final class AacTrack implements Track {
  private static final int BIT_RATE = 192_000;

  /** Samples of an AAC frame. */
  static final int FRAME = 1024;

  private final Source source;
  private final Decoder decoder;
  private final Encoder encoder;
  private final int rate;
  private final int channels;
  private final long samples;
  private final double seconds;
  private final AVFrame decoded = av_frame_alloc();
  private final AVFrame converted = av_frame_alloc();
  private final SwrContext converter = swr_alloc();
  private final AVAudioFifo fifo;
  private long written;
  private boolean heard;
  private boolean decoderEnded;
  private boolean encoderEnded;

  /** Takes over {@code source}, of which {@code stream} is the chosen one. */
  AacTrack(Source source, AVStream stream, double seconds) throws MediaException {
    this.source = source;
    this.seconds = seconds;
    // Every player knows 44.1 and 48 kHz; other rates become 48. More than two channels are mixed
    // down by FFmpeg's own matrix; mono stays mono.
    rate = stream.codecpar().sample_rate() == 44_100 ? 44_100 : 48_000;
    channels = Math.min(stream.codecpar().ch_layout().nb_channels(), 2);
    samples = Math.round(seconds * rate);
    fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, channels, FRAME);
    Encoder opened = null;
    try {
      opened = new Encoder("aac", this::configure);
      decoder = new Decoder(source, stream);
    } catch (MediaException e) {
      if (opened != null) {
        opened.close();
      }
      free();
      throw e;
    }
    encoder = opened;
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
  public boolean next(AVPacket packet) throws MediaException {
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

  private void encode(int size) throws MediaException {
    while (!decoderEnded && av_audio_fifo_size(fifo) < size) {
      decode();
    }
    AVFrame frame = av_frame_alloc();
    try {
      format(frame);
      frame.nb_samples(size);
      Ffmpeg.check(av_frame_get_buffer(frame, 0), "Encoding the audio failed");
      int read =
          Ffmpeg.check(
              av_audio_fifo_read(fifo, frame.extended_data(), size), "Encoding the audio failed");
      av_samples_set_silence(
          frame.extended_data(), read, size - read, channels, AV_SAMPLE_FMT_FLTP);
      frame.pts(written);
      encoder.send(frame);
      written += size;
    } finally {
      av_frame_free(frame);
    }
  }

  private void decode() throws MediaException {
    decoderEnded = !decoder.next(decoded);
    if (decoderEnded) {
      if (!heard) {
        throw new MediaException(source.role() + " holds no sound that can be decoded");
      }
      convert(null);
      return;
    }
    heard = true;
    if (decoded.ch_layout().order() == AV_CHANNEL_ORDER_UNSPEC) {
      av_channel_layout_default(decoded.ch_layout(), decoded.ch_layout().nb_channels());
    }
    if (convert(decoded) == AVERROR_INPUT_CHANGED) {
      convert(null);
      swr_close(converter);
      convert(decoded);
    }
  }

  /** Puts a frame, or with null the end of what the resampler holds, into the fifo. */
  private int convert(AVFrame frame) throws MediaException {
    try {
      format(converted);
      int code = swr_convert_frame(converter, converted, frame);
      if (code != AVERROR_INPUT_CHANGED) {
        Ffmpeg.check(code, source.role() + " cannot be converted to stereo");
        Ffmpeg.check(
            av_audio_fifo_write(fifo, converted.extended_data(), converted.nb_samples()),
            source.role() + " cannot be converted");
      }
      return code;
    } finally {
      av_frame_unref(converted);
    }
  }

  private void format(AVFrame frame) {
    frame.format(AV_SAMPLE_FMT_FLTP);
    frame.sample_rate(rate);
    av_channel_layout_default(frame.ch_layout(), channels);
  }

  @Override
  public void close() {
    encoder.close();
    decoder.close();
    free();
  }

  private void free() {
    av_audio_fifo_free(fifo);
    swr_free(converter);
    av_frame_free(converted);
    av_frame_free(decoded);
    source.close();
  }
}
