package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Facts of an MP4, measured from the file itself.
 *
 * @param frames images a player presents, the edit list honoured
 * @param fps average frames a second
 * @param videoSeconds presented length of the video track
 * @param audioSeconds presented length of the audio track, 0 without one
 * @param bytes size of the file
 */
public record Mp4(
    int width,
    int height,
    double fps,
    int frames,
    double videoSeconds,
    double audioSeconds,
    long bytes) {

  private static final String ROLE = "The video file";

  /** Measures a file by decoding it. */
  public static Mp4 measure(Path file) throws MediaException, InterruptedException {
    try (StreamReader source = StreamReader.open(file, ROLE)) {
      AVStream stream = source.video();
      double unit = seconds(stream);
      long start = 0;
      long end = 0;
      int frames = 0;
      AVFrame frame = av_frame_alloc();
      try (Decoder decoder = new Decoder(source, stream)) {
        while (decoder.next(frame)) {
          start = frames == 0 ? frame.best_effort_timestamp() : start;
          end = frame.best_effort_timestamp() + frame.duration();
          frames++;
        }
      } finally {
        av_frame_free(frame);
      }
      return of(file, stream, frames, (end - start) * unit, true);
    }
  }

  /** Measures a file by its packets and edit lists: the same figures, if all can be decoded. */
  static Mp4 inspect(Path file) throws MediaException, InterruptedException {
    try (StreamReader source = StreamReader.open(file, ROLE)) {
      AVStream stream = source.video();
      PresentationTimes timeline = PresentationTimes.read(source, stream);
      return of(file, stream, timeline.frames(), timeline.seconds(), false);
    }
  }

  private static Mp4 of(Path file, AVStream stream, int frames, double videoSeconds, boolean decode)
      throws MediaException, InterruptedException {
    if (frames == 0) {
      throw new MediaException(ROLE + " has no frame that can be decoded");
    }
    try {
      return new Mp4(
          stream.codecpar().width(),
          stream.codecpar().height(),
          frames / videoSeconds,
          frames,
          videoSeconds,
          audioSeconds(file, decode),
          Files.size(file));
    } catch (IOException e) {
      throw new MediaException(ROLE + " cannot be read", e);
    }
  }

  private static double audioSeconds(Path file, boolean decode)
      throws MediaException, InterruptedException {
    try (StreamReader source = StreamReader.open(file, ROLE)) {
      if (!source.hasAudio()) {
        return 0;
      }
      AVStream stream = source.audio();
      // FFmpeg decodes the last AAC frame whole, a player stops where the edit list says
      double edited =
          stream.duration() == AV_NOPTS_VALUE
              ? Double.POSITIVE_INFINITY
              : stream.duration() * seconds(stream);
      return decode || Double.isInfinite(edited)
          ? Math.min(AudioFile.measure(source).seconds(), edited)
          : edited;
    }
  }

  private static double seconds(AVStream stream) {
    return (double) stream.time_base().num() / stream.time_base().den();
  }

  /**
   * Makes the delivered file: video copied and cut to exactly {@code frames}, audio as AAC cut or
   * padded with silence to the video's end, moov first, no metadata. Memory is bounded: the files
   * are streamed.
   *
   * @param video as ComfyUI wrote it; audio in it is ignored
   * @param audio any audio file, or null for a silent video
   * @param target replaced if it exists, deleted on failure; neither {@code video} nor {@code
   *     audio}
   * @throws VideoFormatException when {@code video} has fewer than {@code frames} or is not H.264
   *     of 8-bit 4:2:0
   */
  public static Mp4 deliver(Path video, Path audio, int frames, Path target)
      throws MediaException, InterruptedException {
    return Delivery.deliver(video, audio, frames, target);
  }

  /**
   * Makes the audio of a delivered file ahead of its video: as {@link #deliver} would encode, cut
   * and pad it, in an MP4 that {@link #deliver} then copies, so that the video is the same as
   * without this.
   *
   * @param audio any audio file
   * @param seconds length of the video
   * @param target replaced if it exists, deleted on failure; not {@code audio}
   */
  public static void fitAudio(Path audio, double seconds, Path target)
      throws MediaException, InterruptedException {
    Delivery.fit(audio, seconds, target);
  }
}
