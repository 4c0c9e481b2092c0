package dev.ltx2.worker.media;

/**
 * A generated video that cannot be delivered as it is: not H.264 of 8-bit 4:2:0, which alone every
 * player shows, or too short. The message names what it is: {@code hevc, yuv420p10le}.
 */
public final class VideoFormatException extends MediaException {
  private final String wanted;

  VideoFormatException(String message, String wanted) {
    super(message);
    this.wanted = wanted;
  }

  /** What whoever makes the video must do, to follow "must". */
  public String wanted() {
    return wanted;
  }
}
