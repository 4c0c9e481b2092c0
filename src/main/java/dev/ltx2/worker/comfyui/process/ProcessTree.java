package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process and all it started, also when a process in between has ended. */
final class ProcessTree {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);

  /** ComfyUI ends 50 ms after a SIGTERM, unless it is held up. */
  static final Duration POLITE = Duration.ofSeconds(3);

  /** The kernel needs a while to take down tens of gigabytes. */
  private static final Duration KILLING = Duration.ofSeconds(10);

  /** A process ends in the machine's time, whatever a test's clock says. */
  private static final Clock TIME = Clock.SYSTEM;

  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final Process root;
  private final Set<ProcessHandle> known = new LinkedHashSet<>();

  ProcessTree(Process root) {
    this.root = root;
    known.add(root.toHandle());
  }

  /** Remembers who belongs to it: once the parent is gone nobody can tell. */
  void look() {
    root.descendants().forEach(known::add);
  }

  /** SIGTERM, and SIGKILL for what is left; returns when all are gone. */
  void stop() throws InterruptedException {
    look();
    known.forEach(ProcessHandle::destroy);
    if (gone(POLITE)) {
      return;
    }
    look();
    LOG.warn("Killing ComfyUI: it ignores SIGTERM");
    known.forEach(ProcessHandle::destroyForcibly);
    if (!gone(KILLING)) {
      LOG.error("Cannot kill ComfyUI, process {}", root.pid());
    }
  }

  private boolean gone(Duration limit) throws InterruptedException {
    long start = TIME.nanos();
    while (known.stream().anyMatch(ProcessTree::alive)) {
      if (TIME.since(start).compareTo(limit) > 0) {
        return false;
      }
      TIME.sleep(LOOK_EVERY);
    }
    return true;
  }

  /**
   * Whether it still runs. A zombie does not: an orphan stays one for good where the container's
   * first process, the worker, does not reap it.
   */
  static boolean alive(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return !stat.startsWith(") Z", stat.lastIndexOf(')'));
    } catch (IOException e) {
      // It went meanwhile, or this is no Linux.
      return process.isAlive();
    }
  }
}
