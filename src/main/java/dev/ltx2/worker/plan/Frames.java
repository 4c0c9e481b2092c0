package dev.ltx2.worker.plan;

/** Rounding to frames that floating-point noise cannot tip over: 4.1 · 30 is 122.99999999999999. */
final class Frames {
  /** A millionth of a frame: far above the noise of doubles, far below anything a client means. */
  private static final double GUARD = 1e-6;

  private Frames() {}

  static int ceil(double frames) {
    return (int) Math.ceil(frames - GUARD);
  }

  static int floor(double frames) {
    return (int) Math.floor(frames + GUARD);
  }

  /** The multiple of {@code alignment} at or below a frame. */
  static int align(int frame, int alignment) {
    return frame - frame % alignment;
  }

  /** LTX-2 makes 8k+1 frames; ComfyUI rounds other lengths down, so ask for the next above. */
  static int ltxLength(int frames) {
    return (frames - 1 + 7) / 8 * 8 + 1;
  }
}
