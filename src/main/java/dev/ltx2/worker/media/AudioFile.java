package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Facts of an audio file, measured by decoding it: headers of VBR MP3 files lie.
 *
 * @param seconds length of the decoded samples, without the encoder's delay where the file tells it
 * @param sampleRate Hz
 * @param channels 1 for mono
 * @param codec FFmpeg's name: mp3, aac, flac, vorbis, opus, pcm_s16le …
 */
public record AudioFile(double seconds, int sampleRate, int channels, String codec) {
  /** 50 MB of silent FLAC hold weeks, and would take minutes to decode. */
  private static final double MAX_SECONDS = 3600;

  /**
   * Decodes the whole file, without holding it in memory. Damaged parts are left out, as in {@link
   * Mp4#deliver}.
   *
   * @throws MediaException if there is no sound in the file, or more than an hour of it
   */
  public static AudioFile measure(Path file) throws MediaException {
    try (Source source = Source.open(file, "The audio file")) {
      return measure(source);
    }
  }

  static AudioFile measure(Source source) throws MediaException {
    AVStream stream = source.audio();
    AVFrame frame = av_frame_alloc();
    try (Decoder decoder = new Decoder(source, stream)) {
      double seconds = 0;
      long samples = 0;
      int rate = 0;
      int channels = 0;
      while (decoder.next(frame)) {
        if (frame.sample_rate() != rate) {
          seconds += rate == 0 ? 0 : (double) samples / rate;
          samples = 0;
          rate = frame.sample_rate();
          channels = frame.ch_layout().nb_channels();
        }
        samples += frame.nb_samples();
        if (seconds + (double) samples / rate > MAX_SECONDS) {
          throw new MediaException(source.role() + " is longer than an hour");
        }
      }
      if (rate == 0 || seconds + samples == 0) {
        throw new MediaException(source.role() + " holds no sound that can be decoded");
      }
      seconds = Math.min(seconds + (double) samples / rate, edited(source, stream));
      return new AudioFile(seconds, rate, channels, Decoder.name(stream));
    } finally {
      av_frame_free(frame);
    }
  }

  /**
   * In an MP4 the edit list ends the sound inside its last AAC frame; elsewhere headers may lie.
   */
  private static double edited(Source source, AVStream stream) {
    return source.isMp4() && stream.duration() != AV_NOPTS_VALUE
        ? (double) stream.duration() * stream.time_base().num() / stream.time_base().den()
        : Double.POSITIVE_INFINITY;
  }
}
