package dev.ltx2.worker.bench;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.media.VideoWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.Loader;

/** Remux + AAC + trim + faststart of a 30 s video against the ffmpeg program doing its nearest. */
final class MediaBench {
  private static final int FPS = 30;
  private static final int FRAMES = 30 * FPS + 1;

  private MediaBench() {}

  static List<Row> rows(int runs, Path work) throws Exception {
    Path video = video(work.resolve("film.mp4"), 1280, 736, FRAMES);
    Path audio = audio(work.resolve("sound.flac"), 31);
    double[] own = new double[runs];
    double[] program = new double[runs];
    double[] ratio = new double[runs];
    for (int i = -1; i < runs; i++) {
      long start = System.nanoTime();
      Mp4.deliver(video, audio, FRAMES - 11, work.resolve("own.mp4"));
      double ownMs = (System.nanoTime() - start) / 1e6;
      start = System.nanoTime();
      ffmpeg(video, audio, work.resolve("program.mp4"));
      double programMs = (System.nanoTime() - start) / 1e6;
      if (i >= 0) {
        own[i] = ownMs;
        program[i] = programMs;
        ratio[i] = ownMs / programMs;
      }
    }
    return List.of(
        new Row("deliver 30 s 1280x736: copy, AAC, trim, faststart", "ms", own, ""),
        new Row("the ffmpeg program: copy, AAC, -t, faststart", "ms", program, ""),
        new Row("deliver / ffmpeg program", "ratio", ratio, "<= 1"));
  }

  private static void ffmpeg(Path video, Path audio, Path target)
      throws IOException, InterruptedException {
    String ffmpeg = Loader.load(org.bytedeco.ffmpeg.ffmpeg.class);
    Process process =
        new ProcessBuilder(
                List.of(
                    ffmpeg,
                    "-v",
                    "error",
                    "-y",
                    "-i",
                    video.toString(),
                    "-i",
                    audio.toString(),
                    "-map",
                    "0:v",
                    "-map",
                    "1:a",
                    "-c:v",
                    "copy",
                    "-c:a",
                    "aac",
                    "-b:a",
                    "192k",
                    "-t",
                    "29.7",
                    "-movflags",
                    "+faststart",
                    target.toString()))
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("ffmpeg failed with " + process.exitValue());
    }
  }

  /** Noise that moves, so that the file has the size of a real video. */
  static Path video(Path file, int width, int height, int frames)
      throws MediaException, InterruptedException {
    Bitmap frame = new Bitmap(width, height);
    byte[] pixels = frame.bgr();
    Random random = new Random(3);
    byte[] line = new byte[width * 3];
    try (VideoWriter writer = new VideoWriter(file, width, height, FPS)) {
      for (int i = 0; i < frames; i++) {
        random.nextBytes(line);
        System.arraycopy(line, 0, pixels, (i * 8 % height) * line.length, line.length);
        writer.add(frame);
      }
    }
    return file;
  }

  static Path audio(Path file, int seconds) throws MediaException, InterruptedException {
    Random random = new Random(5);
    float[] samples = new float[seconds * 48_000];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.3 * Math.sin(i * 0.03) + 0.1 * random.nextGaussian());
    }
    AudioWriter.flac(file, samples, 48_000);
    return file;
  }
}
