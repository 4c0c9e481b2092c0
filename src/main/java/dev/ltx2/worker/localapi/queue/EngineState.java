package dev.ltx2.worker.localapi.queue;

/** Whether what makes the videos can be given a job now. */
public enum EngineState {
  /** It answers. */
  READY,
  /** It is being started: jobs wait for it. */
  INITIALIZING,
  /** It does not answer, or is given up: jobs would fail. */
  UNHEALTHY
}
