package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Facts of an audio file, measured by decoding it: headers of VBR MP3 files lie. Damaged parts are
 * left out, as in {@link Mp4#deliver}, and samples that are no numbers are silence.
 *
 * @param seconds length of the decoded samples, without the encoder's delay where the file tells it
 * @param sampleRate Hz
 * @param channels 1 for mono
 * @param codec FFmpeg's name: mp3, aac, flac, vorbis, opus, pcm_s16le …
 */
public record AudioFile(double seconds, int sampleRate, int channels, String codec) {
  private static final String ROLE = "The audio file";

  /** 50 MB of silent FLAC hold weeks, and would take minutes to decode. */
  private static final double AN_HOUR = 3600;

  /** How far decoding goes beyond a limit: an MP4's edit list may end its last frame early. */
  private static final double MARGIN = 0.5;

  private static final int HIGHEST_RATE = 48_000;
  private static final int LOWEST_RATE = 4000;

  /** Samples of each channel that are converted at once. */
  private static final int CHUNK = 4096;

  /** Decodes the whole file, up to an hour, without holding it in memory. */
  public static AudioFile measure(Path file) throws MediaException, InterruptedException {
    return measure(file, AN_HOUR);
  }

  /**
   * The same, but decoding ends soon after {@code atMost} seconds; {@code seconds} is then more
   * than that, and what the file's header says where that is more still.
   *
   * @throws MediaException if there is no audio in the file, more than eight channels or more than
   *     192 kHz
   */
  public static AudioFile measure(Path file, double atMost)
      throws MediaException, InterruptedException {
    try (StreamReader source = StreamReader.open(file, ROLE)) {
      return measure(source, atMost);
    }
  }

  static AudioFile measure(StreamReader source) throws MediaException, InterruptedException {
    return measure(source, AN_HOUR);
  }

  private static AudioFile measure(StreamReader source, double atMost)
      throws MediaException, InterruptedException {
    AVStream stream = source.audio();
    try (AudioFrames frames = new AudioFrames(source, stream, atMost + MARGIN)) {
      while (!frames.over() && frames.advance()) {}
      return of(source, stream, frames).told(stream, frames);
    }
  }

  /**
   * Measures a file and writes what was decoded as a WAV that needs no decoder: 16-bit PCM, two
   * channels, of the first frame's rate. Rates above 48 kHz, below 4 kHz or odd (44,101 Hz, which
   * ComfyUI would resample with a filter of gigabytes) become 48 kHz.
   *
   * @param atMost seconds after which decoding ends, as in {@link #measure(Path, double)}
   * @param wav replaced if it exists; exactly as long as {@code seconds} of the answer. Deleted on
   *     failure
   * @throws IOException if {@code wav} cannot be written
   */
  public static AudioFile decode(Path file, double atMost, Path wav)
      throws MediaException, IOException, InterruptedException {
    boolean done = false;
    try (StreamReader source = StreamReader.open(file, ROLE)) {
      AudioFile decoded = decode(source, atMost, wav);
      done = true;
      return decoded;
    } finally {
      if (!done) {
        Files.deleteIfExists(wav);
      }
    }
  }

  private static AudioFile decode(StreamReader source, double atMost, Path wav)
      throws MediaException, IOException, InterruptedException {
    AVStream stream = source.audio();
    AudioFrames frames = new AudioFrames(source, stream, atMost + MARGIN);
    int rate = plainRate(frames.sampleRate());
    AVFrame chunk = av_frame_alloc();
    try (ResampledAudio pcm =
            new ResampledAudio(frames, ROLE, AV_SAMPLE_FMT_FLT, rate, WavFile.CHANNELS);
        WavFile out = new WavFile(wav, rate)) {
      pcm.describe(chunk);
      chunk.nb_samples(CHUNK);
      Ffmpeg.check(av_frame_get_buffer(chunk, 0), "No memory for the audio");
      FloatBuffer samples =
          new FloatPointer(chunk.data(0)).capacity(CHUNK * WavFile.CHANNELS).asBuffer();
      int read;
      do {
        read = pcm.read(chunk, CHUNK);
        out.write(samples, read);
      } while (read == CHUNK);
      AudioFile facts = of(source, stream, frames);
      out.finish(Math.round(facts.seconds() * rate));
      return facts.told(stream, frames);
    } finally {
      av_frame_free(chunk);
    }
  }

  private static int plainRate(int rate) {
    return rate >= LOWEST_RATE && rate <= HIGHEST_RATE && rate % 25 == 0 ? rate : HIGHEST_RATE;
  }

  private static AudioFile of(StreamReader source, AVStream stream, AudioFrames frames) {
    return new AudioFile(
        Math.min(frames.seconds(), edited(source, stream)),
        frames.sampleRate(),
        frames.channels(),
        Decoder.name(stream));
  }

  /** A person who has to cut it wants to know how long it is, and there decoding has stopped. */
  private AudioFile told(AVStream stream, AudioFrames frames) {
    double header = header(stream);
    return frames.over() && header > seconds && header < Double.POSITIVE_INFINITY
        ? new AudioFile(header, sampleRate, channels, codec)
        : this;
  }

  private static double header(AVStream stream) {
    return stream.duration() == AV_NOPTS_VALUE
        ? Double.POSITIVE_INFINITY
        : (double) stream.duration() * stream.time_base().num() / stream.time_base().den();
  }

  /**
   * In an MP4 the edit list ends the audio inside its last AAC frame; elsewhere headers may lie.
   */
  private static double edited(StreamReader source, AVStream stream) {
    return source.isMp4() ? header(stream) : Double.POSITIVE_INFINITY;
  }
}
