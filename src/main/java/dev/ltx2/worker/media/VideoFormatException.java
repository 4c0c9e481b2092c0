package dev.ltx2.worker.media;

/**
 * A video that is not H.264 of 8-bit 4:2:0, which alone every player shows. The message names what
 * it is: {@code hevc, yuv420p10le}.
 */
public final class VideoFormatException extends MediaException {
  VideoFormatException(String message) {
    super(message);
  }
}
