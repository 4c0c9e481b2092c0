package dev.ltx2.worker.media;

import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swresample;
import org.bytedeco.ffmpeg.global.swscale;

/** The native libraries of this room. */
public final class Natives {
  private Natives() {}

  /**
   * Loads every library that the worker uses and returns FFmpeg's version.
   *
   * @throws MediaException when one cannot be loaded
   */
  public static String load() throws MediaException {
    try {
      Ffmpeg.load();
      avcodec.avcodec_version();
      avformat.avformat_version();
      swresample.swresample_version();
      swscale.swscale_version();
      return avutil.av_version_info().getString();
    } catch (LinkageError e) {
      throw new MediaException("FFmpeg's libraries cannot be loaded: " + e.getMessage());
    }
  }
}
