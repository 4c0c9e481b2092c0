package dev.ltx2.worker.fakes;

import dev.ltx2.worker.runpod.protocol.Platform;
import java.util.List;

/** A platform that has no jobs and stops none; what it says to posts is the test's. */
@FunctionalInterface
public interface PostsAlone extends Platform {
  @Override
  default Taken take(int wanted, boolean working) {
    return new Taken.NoJobs();
  }

  @Override
  default void endTake() {}

  @Override
  default Stops stops() {
    return new Stops.Ids(List.of());
  }

  @Override
  default boolean canStop() {
    return true;
  }
}
