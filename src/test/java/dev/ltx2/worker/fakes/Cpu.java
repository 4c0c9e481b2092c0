package dev.ltx2.worker.fakes;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/** What the current thread has used: other than the clock, the same on a busy machine. */
public final class Cpu {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Cpu() {}

  /** CPU time so far. */
  public static Duration time() {
    return Duration.ofNanos(THREADS.getCurrentThreadCpuTime());
  }

  /** Bytes of heap allocated so far. */
  public static long allocated() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
