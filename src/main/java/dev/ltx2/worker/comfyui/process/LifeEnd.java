package dev.ltx2.worker.comfyui.process;

/** How a process ended, or all of them. */
sealed interface LifeEnd {
  /** With the worker. */
  record Closed() implements LifeEnd {}

  /** By itself, or because it was of no more use: it may be started again. */
  record Died(String reason) implements LifeEnd {}

  /** It is not started again. */
  record GaveUp(String reason) implements LifeEnd {}

  /** For whoever waited for it. */
  default String reason() {
    return "the worker stops";
  }

  /** By itself, with this code. */
  static Died exited(int code) {
    return new Died(
        "exit code "
            + code
            + switch (code) {
              case 134 -> ", aborted";
              case 137 -> ", killed: often because the machine's memory was used up";
              case 139 -> ", segmentation fault";
              case 143 -> ", terminated";
              default -> "";
            });
  }
}
