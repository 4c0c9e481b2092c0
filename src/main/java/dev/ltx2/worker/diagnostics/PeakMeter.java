package dev.ltx2.worker.diagnostics;

import dev.ltx2.worker.comfyui.process.GpuProbe;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.common.Clock;
import java.time.Duration;

/** Looks twice a second at the memory of GPU and host, and keeps what was most in use. */
final class PeakMeter implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(500);

  private final GpuProbe probe;
  private final Clock time;
  private final Thread thread = Thread.ofVirtual().name("peaks").unstarted(this::watch);
  private long gpu;
  private long host;

  private PeakMeter(GpuProbe probe, Clock time) {
    this.probe = probe;
    this.time = time;
  }

  static PeakMeter start(GpuProbe probe, Clock time) throws InterruptedException {
    PeakMeter meter = new PeakMeter(probe, time);
    meter.look();
    meter.thread.start();
    return meter;
  }

  private void watch() {
    try {
      while (true) {
        time.sleep(EVERY);
        look();
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private void look() throws InterruptedException {
    long used = probe.used().orElse(0L);
    long taken = MemoryLimit.inUse();
    synchronized (this) {
      gpu = Math.max(gpu, used);
      host = Math.max(host, taken);
    }
  }

  /** Of the GPU's memory, in MiB; 0 where it cannot be told. */
  synchronized long gpuMebibytes() {
    return gpu;
  }

  /** Of the host's memory without cached files, in MB. */
  synchronized long hostMegabytes() {
    return host / 1_000_000;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
