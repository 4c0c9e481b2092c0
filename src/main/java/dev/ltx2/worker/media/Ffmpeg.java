package dev.ltx2.worker.media;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EXIT;
import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;
import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import dev.ltx2.worker.common.DiskSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.javacpp.Pointer;

/** What every call into FFmpeg needs: the library set up, file names as URLs, errors as text. */
final class Ffmpeg {
  static {
    // JavaCPP throws OutOfMemoryError once the whole process is larger than about twice the heap,
    // which under -Xmx64m FFmpeg's own code nearly is. Read when its first class loads.
    if (System.getProperty("org.bytedeco.javacpp.maxPhysicalBytes") == null) {
      System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }
    // FFmpeg writes its log, file names and metadata with it, to stderr; its error codes say enough
    av_log_set_level(AV_LOG_QUIET);
  }

  /** What FFmpeg asks before every read and write of a file. */
  private static final AVIOInterruptCB.Callback_Pointer INTERRUPTED =
      new AVIOInterruptCB.Callback_Pointer() {
        @Override
        public int call(Pointer nothing) {
          return Thread.currentThread().isInterrupted() ? 1 : 0;
        }
      };

  private Ffmpeg() {}

  /** Loads the library. To be called before any other of its classes is touched. */
  static void load() {}

  /**
   * Lets an interrupt of the calling thread end FFmpeg's own loops: skipping junk, moving the index
   * to the front. What they then return is {@link #isInterrupt} or looks like the file's end, so
   * {@link #obeyInterrupt} follows.
   */
  static AVIOInterruptCB interruptible(AVIOInterruptCB callback) {
    return callback.callback(INTERRUPTED);
  }

  /** Whether a code says that FFmpeg ended for an interrupt. */
  static boolean isInterrupt(int code) {
    return code == AVERROR_EXIT();
  }

  /** Ends the caller's loop when its thread is interrupted: a job that is stopped holds no CPU. */
  static void obeyInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("interrupted while working on a media file");
    }
  }

  /** With the protocol named, a colon in a file name is only a colon. */
  static String url(Path file) {
    return "file:" + file.toAbsolutePath();
  }

  /** Returns {@code code}, or throws if it is an error: {@code what}, a colon and the reason. */
  static int check(int code, String what) throws MediaException {
    if (code < 0) {
      String reason = reason(code);
      // As Java tells it, so that whoever looks for the want of room finds it in both alike
      throw DiskSpace.isFull(reason)
          ? new MediaException(what + ": " + reason, new IOException(reason))
          : new MediaException(what + ": " + reason);
    }
    return code;
  }

  /** Returns {@code object}, or throws where FFmpeg could not allocate it. */
  static <T> T check(T object, String what) throws MediaException {
    if (object == null) {
      throw new MediaException(what + ": FFmpeg has no memory or no such codec");
    }
    return object;
  }

  private static String reason(int code) {
    byte[] text = new byte[256];
    av_strerror(code, text, text.length);
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }
}
