package dev.ltx2.worker.comfyui.process;

import java.util.Optional;

/** What the supervising thread is told. */
sealed interface Notice {
  record Exited(Process process) implements Notice {}

  record Unwanted(Process process, String reason) implements Notice {}

  /** This machine cannot run it. */
  record Hopeless(String reason) implements Notice {}

  record WorkerStops() implements Notice {}

  /** What it means for this life; empty for what concerns an earlier one. */
  default Optional<LifeEnd> end(Process life) {
    return switch (this) {
      case Exited(var who) when who.equals(life) -> Optional.of(LifeEnd.exited(life.exitValue()));
      case Unwanted(var who, var reason) when who.equals(life) ->
          Optional.of(new LifeEnd.Died(reason));
      case Hopeless(var reason) -> Optional.of(new LifeEnd.GaveUp(reason));
      case WorkerStops _ -> Optional.of(new LifeEnd.Closed());
      case Exited _, Unwanted _ -> Optional.empty();
    };
  }
}
