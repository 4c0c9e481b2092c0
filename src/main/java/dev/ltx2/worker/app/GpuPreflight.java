package dev.ltx2.worker.app;

import dev.ltx2.worker.comfyui.process.FirstStart;
import dev.ltx2.worker.comfyui.process.GpuCheck;
import dev.ltx2.worker.comfyui.process.GpuProbe;
import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the GPU while ComfyUI starts: on one that cannot be used every job would fail. */
record GpuPreflight(GpuProbe probe, String python, long largestModel, Clock time)
    implements FirstStart.Preflight {
  private static final Logger LOG = LoggerFactory.getLogger(GpuPreflight.class);

  /** A killed worker's ComfyUI holds the GPU's memory a little longer than its life. */
  private static final Duration AGAIN = Duration.ofSeconds(2);

  private static final int LOOKS = 4;

  @Override
  public Optional<String> obstacle() throws InterruptedException {
    GpuProbe.Found found = probe.find();
    Optional<String> wheels =
        found instanceof GpuProbe.Found.Gpus ? GpuCheck.wheels(python) : Optional.empty();
    GpuCheck check = GpuCheck.of(found, wheels, largestModel);
    for (int look = 1; look < LOOKS && check.passing(); look++) {
      time.sleep(AGAIN);
      check = GpuCheck.of(probe.find(), wheels, largestModel);
    }
    check.notes().forEach(note -> LOG.info("GPU: {}", note));
    return check.fault().map(fault -> "the GPU cannot be used: " + fault);
  }
}
