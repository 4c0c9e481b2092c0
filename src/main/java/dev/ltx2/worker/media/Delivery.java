package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AAC;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_H264;
import static org.bytedeco.ffmpeg.global.avcodec.AV_PROFILE_AAC_LOW;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ420P;
import static org.bytedeco.ffmpeg.global.avutil.av_get_pix_fmt_name;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.BytePointer;

/** {@link Mp4#deliver}: one image track copied, one audio track fitted to it. */
final class Delivery {
  private Delivery() {}

  static Mp4 deliver(Path video, Path audio, int frames, Path target)
      throws MediaException, InterruptedException {
    if (frames < 1) {
      throw new IllegalArgumentException("frames is " + frames + ", at least 1 is needed");
    }
    List<Track> tracks = new ArrayList<>();
    boolean done = false;
    try {
      tracks.add(video(video, frames));
      if (audio != null) {
        tracks.add(audio(audio, tracks.getFirst().seconds()));
      }
      write(tracks, target);
      Mp4 delivered = Mp4.inspect(target);
      if (delivered.frames() != frames) {
        throw new MediaException(
            "The delivered video has " + delivered.frames() + " frames instead of " + frames);
      }
      done = true;
      return delivered;
    } finally {
      tracks.forEach(Track::close);
      if (!done) {
        delete(target);
      }
    }
  }

  static void fit(Path audio, double seconds, Path target)
      throws MediaException, InterruptedException {
    boolean done = false;
    try (Track track = audio(audio, seconds)) {
      write(List.of(track), target);
      done = true;
    } finally {
      if (!done) {
        delete(target);
      }
    }
  }

  private static void write(List<Track> tracks, Path target)
      throws MediaException, InterruptedException {
    try {
      mux(tracks, target);
    } catch (MediaException e) {
      // An interrupt makes FFmpeg's writing fail
      Ffmpeg.obeyInterrupt();
      throw e;
    }
    try {
      Boxes.setDurations(target, tracks.stream().map(Track::seconds).toList());
    } catch (IOException e) {
      throw new MediaException(
          "The file %s cannot be written: %s".formatted(target.getFileName(), e.getMessage()), e);
    }
  }

  private static void mux(List<Track> tracks, Path target)
      throws MediaException, InterruptedException {
    try (Muxer muxer = new Muxer(target, "mp4")) {
      for (Track track : tracks) {
        track.describe(muxer.add());
      }
      Map<String, String> options = new HashMap<>(Map.of("movflags", "+faststart"));
      AVRational unit = tracks.getFirst().timeBase();
      if (unit.num() == 1) {
        // By default the video counts milliseconds, in which 1/30 s and the cut are not exact
        options.put("video_track_timescale", Integer.toString(unit.den()));
        options.put("movie_timescale", Integer.toString(unit.den()));
      }
      muxer.start(options);
      muxer.write(tracks);
      muxer.finish();
    }
  }

  private static Track video(Path video, int frames) throws MediaException, InterruptedException {
    PresentationTimes.Cut cut;
    try (StreamReader source = StreamReader.open(video, "The generated video")) {
      AVStream stream = source.video();
      checkFormat(stream);
      PresentationTimes timeline = PresentationTimes.read(source, stream);
      if (timeline.frames() < frames) {
        throw new VideoFormatException(
            "The generated video has " + timeline.frames() + " frames, " + frames + " are needed",
            "make as many");
      }
      cut = timeline.cut(frames);
    }
    return copy(video, "The generated video", false, cut);
  }

  /** What a workflow of one's own makes may be anything; it is copied, so clients would get it. */
  private static void checkFormat(AVStream stream) throws VideoFormatException {
    int pixels = stream.codecpar().format();
    if (stream.codecpar().codec_id() == AV_CODEC_ID_H264
        && (pixels == AV_PIX_FMT_YUV420P || pixels == AV_PIX_FMT_YUVJ420P)) {
      return;
    }
    BytePointer name = av_get_pix_fmt_name(pixels);
    throw new VideoFormatException(
        "The generated video is %s, %s; only H.264 of 8-bit 4:2:0 (h264, yuv420p) is delivered"
            .formatted(Decoder.name(stream), name == null ? "unknown" : name.getString()),
        "save it so");
  }

  private static Track audio(Path audio, double seconds)
      throws MediaException, InterruptedException {
    String role = "The audio file";
    try (StreamReader source = StreamReader.open(audio, role)) {
      AVStream stream = source.audio();
      if (copyable(source, stream)) {
        PresentationTimes timeline = PresentationTimes.read(source, stream);
        double frame = (double) AacTrack.FRAME / stream.codecpar().sample_rate();
        if (timeline.startsWithin(frame) && timeline.seconds() > seconds - frame) {
          return copy(audio, role, true, timeline.cutAfter(seconds));
        }
      }
    }
    StreamReader source = StreamReader.open(audio, role);
    try {
      return new AacTrack(source, source.audio(), seconds);
    } catch (MediaException | InterruptedException e) {
      source.close();
      throw e;
    }
  }

  /** Plain AAC in an MP4, which knows the encoder's delay. Anything else is encoded anew. */
  private static boolean copyable(StreamReader source, AVStream stream) {
    AVCodecParameters codec = stream.codecpar();
    return source.isMp4()
        && codec.codec_id() == AV_CODEC_ID_AAC
        && codec.profile() == AV_PROFILE_AAC_LOW
        && (codec.sample_rate() == 44_100 || codec.sample_rate() == 48_000)
        && codec.ch_layout().nb_channels() <= 2;
  }

  private static Track copy(Path file, String role, boolean audio, PresentationTimes.Cut cut)
      throws MediaException, InterruptedException {
    StreamReader source = StreamReader.open(file, role);
    try {
      return new CopiedTrack(source, audio ? source.audio() : source.video(), cut);
    } catch (MediaException e) {
      source.close();
      throw e;
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The failure that led here is the one to report
    }
  }
}
