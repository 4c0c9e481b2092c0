package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.Build;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.storage.StorageSettings;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log what starts, and when ComfyUI is there; closing it stops waiting for that. */
record StartReport(Thread waiting) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StartReport.class);
  private static final Duration ANSWERING = Duration.ofMinutes(1);

  /** Returns at once; {@code start} is when the command began. */
  static StartReport of(Settings settings, Wiring wiring, Clock time, long start) {
    return of(settings, wiring, "videos go into the answers", time, start);
  }

  /** The same; {@code without} says where videos go when there is no bucket. */
  static StartReport of(
      Settings settings, Wiring wiring, String without, Clock time, long start) {
    Build build = Build.current();
    LOG.info(
        "Starting ltx2-worker {}, commit {}: engine {}, store {}, concurrency {}",
        build.version(),
        build.commit(),
        wiring.engine().label(),
        store(settings.storage(), without),
        settings.workerConcurrency());
    return new StartReport(
        Thread.ofVirtual()
            .name("start-report")
            .start(() -> awaitComfyUi(wiring.comfyUi(), time, start)));
  }

  private static String store(StorageSettings settings, String without) {
    return settings
        .bucket()
        .map(bucket -> "gs://" + bucket.name() + "/" + bucket.prefix())
        .orElse("none, " + without);
  }

  private static void awaitComfyUi(ComfyUi comfyUi, Clock time, long start) {
    try {
      String version =
          comfyUi.systemStats(ANSWERING).path("system").path("comfyui_version").asText("unknown");
      String seconds = String.format(Locale.ROOT, "%.1f", time.since(start).toMillis() / 1000.0);
      LOG.info("Ready after {} s: ComfyUI {} answers", seconds, version);
    } catch (ComfyUiException e) {
      if (e.kind() != ComfyUiException.Kind.START_FAILED) { // the supervision has told that
        LOG.warn("Cannot ask ComfyUI for its version: {}", e.getMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    waiting.interrupt();
  }
}
