package dev.ltx2.worker.request;

/** The API's four modes; each has a workflow of its own. */
public enum Mode {
  /** Mode 1: image and speech. */
  LIPSYNC("1", "lipsync"),
  /** Mode 2: image and duration; the audio is generated. */
  AUDIO_GEN("2", "audio-gen"),
  /** Mode 3a: keyframes and speech. */
  MULTIFRAME_LIPSYNC("3a", "multiframe-lipsync"),
  /** Mode 3b: keyframes and duration; the audio is generated. */
  MULTIFRAME_AUDIO_GEN("3b", "multiframe-audio-gen");

  private final String label;
  private final String workflow;

  Mode(String label, String workflow) {
    this.label = label;
    this.workflow = workflow;
  }

  /** The mode of requests with these fields. */
  public static Mode of(boolean keyframes, boolean audio) {
    if (keyframes) {
      return audio ? MULTIFRAME_LIPSYNC : MULTIFRAME_AUDIO_GEN;
    }
    return audio ? LIPSYNC : AUDIO_GEN;
  }

  /** The API's name for it: 1, 2, 3a, 3b. */
  public String label() {
    return label;
  }

  /** The name of its workflow file, without {@code .json}. */
  public String workflow() {
    return workflow;
  }

  /** Whether the request's own audio drives the video. */
  public boolean lipSync() {
    return this == LIPSYNC || this == MULTIFRAME_LIPSYNC;
  }

  /** Whether keyframes guide the video. */
  public boolean multiframe() {
    return this == MULTIFRAME_LIPSYNC || this == MULTIFRAME_AUDIO_GEN;
  }
}
