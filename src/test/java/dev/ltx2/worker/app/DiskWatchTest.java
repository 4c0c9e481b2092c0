package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.SmallDisk;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskWatchTest {
  private static final Job JOB = new Job("a", null);
  private final ManualTime time = ManualTime.frozen();
  @TempDir Path temp;

  private static JobRunner failing(ErrorCode code) {
    return (_, _) -> {
      throw new JobFailure(code, "ComfyUI failed in x: no space left on its disk", true, null);
    };
  }

  private static void run(DiskWatch watch, ErrorCode code) {
    assertThatThrownBy(() -> watch.over(failing(code)).run(JOB, ProgressListener.NONE))
        .isInstanceOf(JobFailure.class);
  }

  @Test
  void hindersBelowTheFloorAndUntilThereIsRoomAgain() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 4)) {
      DiskWatch watch = new DiskWatch(List.of(temp, disk.folder()), 3_000_000, time);
      assertThat(watch.obstacle()).isEmpty();
      Path big = Files.write(disk.folder().resolve("big"), new byte[2_097_152]);
      assertThat(watch.obstacle())
          .hasValue(
              "The disk is nearly full: 2.1 MB are left in %s, MIN_FREE_DISK asks for 3.0 MB"
                  .formatted(disk.folder()));
      Files.delete(big);
      assertThat(watch.obstacle()).isEmpty();
    }
  }

  /** Its statfs says nothing but zeros, as that of some network mounts. */
  @Test
  void unknownIsNotFull() {
    assertThat(new DiskWatch(List.of(Path.of("/proc")), 1L << 50, time).obstacle()).isEmpty();
  }

  /** A ComfyUI elsewhere, inodes, quotas: full where nothing can be measured. */
  @Test
  void aJobThatFindsTheDiskFullIsFollowedByAPauseAndThreeByTheEnd() throws Exception {
    DiskWatch watch = new DiskWatch(List.of(temp), 0, time);
    for (int i = 0; i < 2; i++) {
      run(watch, ErrorCode.DISK_FULL);
      assertThat(watch.obstacle())
          .hasValue(
              "Jobs fail for want of room on the disk: ComfyUI failed in x: no space left on its"
                  + " disk");
      time.advance(Duration.ofSeconds(20));
      assertThat(watch.obstacle()).isEmpty();
    }
    run(watch, ErrorCode.INVALID_INPUT);
    assertThat(watch.obstacle()).isEmpty();
    run(watch, ErrorCode.DISK_FULL);
    time.advance(Duration.ofHours(1));
    assertThat(watch.obstacle()).isPresent();
  }

  @Test
  void aJobThatEndsWellForgetsThem() throws Exception {
    DiskWatch watch = new DiskWatch(List.of(temp), 0, time);
    for (int i = 0; i < 5; i++) {
      run(watch, ErrorCode.DISK_FULL);
      time.advance(Duration.ofSeconds(20));
      assertThat(watch.over((_, _) -> null).run(JOB, ProgressListener.NONE)).isNull();
      assertThat(watch.obstacle()).isEmpty();
    }
  }
}
