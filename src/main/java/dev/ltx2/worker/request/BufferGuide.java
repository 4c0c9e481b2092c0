package dev.ltx2.worker.request;

/** What holds the image in the buffer behind the content ({@code auto_buffer_guide}, API v59). */
public enum BufferGuide {
  /** One more guide at the buffer's end, with the last keyframe's image and strength. */
  ADD_NODE,
  /** The last keyframe moves to the buffer's end. */
  EXTEND_LAST,
  /** Neither. */
  NONE
}
