package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.DiskWatch;
import dev.ltx2.worker.app.Metering;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Settings.LogFormat;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.runpod.RunPodWorker;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import dev.ltx2.worker.storage.KeptVideoSender;
import dev.ltx2.worker.storage.VideoProofs;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.storage.VideoStores;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** {@code worker serve}: RunPod's loop, until SIGTERM. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = "Works for RunPod's serverless platform, as its variables say.")
public final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Override
  public Integer call() throws Exception {
    StartTimes start = StartTimes.ofProcess();
    start.reached(StartTimes.StartPhase.PROCESS);
    Settings settings = settings();
    switch (settings.logFormat().orElse(LogFormat.JSON)) {
      case JSON -> Logging.platform(settings.logLevel(), System.out);
      case TEXT -> Logging.text(settings.logLevel(), System.out);
    }
    if (settings.storage().bucket().isEmpty()) {
      LOG.warn(
          "There is no bucket: GCS_BUCKET is not set. Videos of up to 7 MB go into the answer; the"
              + " job of a larger one fails, and the video is kept in {}",
          settings.storage().keepDir());
    }
    Metering metering = Metering.of(settings);
    VideoStore store = metering.over(VideoStores.of(settings.storage(), Clock.SYSTEM));
    fetchModels(settings);
    try (Wiring wiring = Wiring.forPlatform(settings, store, start)) {
      wiring.closer().register(StartReport.of(settings, wiring));
      RunPodWorker worker = worker(settings, wiring, metering);
      wiring.closer().register(metering.serve(settings, wiring, worker::undelivered));
      worker.redeemPromises(VideoProofs.of(settings.storage(), Clock.SYSTEM)::hold);
      wiring.closer().register(KeptVideoSender.start(settings.storage(), Clock.SYSTEM));
      return untilSignal(worker, wiring);
    } catch (CommandFailure e) {
      RunPodWorker.reportUnhealthy(settings.runPod(), "settings", e.getMessage());
      throw e;
    }
  }

  /** The platform hears of wrong ones too, if it can be reached with those that are right. */
  private static Settings settings() throws Settings.InvalidSettingsException {
    try {
      Settings settings = Settings.from(System.getenv());
      requirePlatform(settings.runPod());
      return settings;
    } catch (Settings.InvalidSettingsException e) {
      RunPodSettings platform = Settings.platform(System.getenv());
      if (platform.missing().isEmpty()) {
        RunPodWorker.reportUnhealthy(platform, "settings", String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  private static void requirePlatform(RunPodSettings runPod)
      throws Settings.InvalidSettingsException {
    if (!runPod.missing().isEmpty()) {
      throw new Settings.InvalidSettingsException(
          List.of(
              String.join(" and ", runPod.missing())
                  + " must be set: `serve` works for RunPod, which sets them. For one job without"
                  + " it: worker run REQUEST.json"));
    }
  }

  private static void fetchModels(Settings settings) throws CommandFailure, InterruptedException {
    try {
      ModelsAtStart.complete(settings, true);
    } catch (CommandFailure e) {
      LOG.error("Giving this worker up: {}", e.getMessage());
      RunPodWorker.reportUnhealthy(settings.runPod(), "models", e.getMessage());
      throw e;
    }
  }

  private static RunPodWorker worker(Settings settings, Wiring wiring, Metering metering) {
    DiskWatch disk = new DiskWatch(wiring.written(), settings.minFreeDisk(), Clock.SYSTEM);
    RunPodWorker worker =
        new RunPodWorker(
            settings.runPod(),
            new SelfTest(metering.over(disk.over(wiring.videoJob())), System.getenv()),
            settings.workerConcurrency(),
            settings.storage().keepDir().resolve("answers"),
            Clock.SYSTEM);
    worker.askBeforeTaking(disk);
    worker.beforeFirstTake(() -> {
      wiring.start().reached(StartTimes.StartPhase.FIRST_TAKE);
      wiring.videoJob().exercise();
    });
    return worker;
  }

  /**
   * The JVM ends with 143 after SIGTERM, which the platform counts as a crash. So the hook waits
   * until the jobs are done and everything is closed, and then sets the exit code by {@code halt}.
   */
  private static int untilSignal(RunPodWorker worker, Wiring wiring) throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    AtomicInteger code = new AtomicInteger(1);
    try (ShutdownHook _ = ShutdownHook.of(() -> end(worker, closed, code))) {
      // Otherwise an idle worker would wait for a job that can only fail.
      wiring.onGivenUp(reason ->
          worker.startFailed(new JobFailure(ErrorCode.COMFYUI_START_FAILED, reason, true, null)));
      try {
        code.set(worker.run());
      } finally {
        wiring.close();
        closed.countDown();
      }
    }
    return code.get();
  }

  private static void end(RunPodWorker worker, CountDownLatch closed, AtomicInteger code) {
    worker.stop();
    try {
      closed.await();
    } catch (InterruptedException e) {
      LOG.warn("Ending before the running jobs are done");
    }
    System.out.flush();
    Runtime.getRuntime().halt(code.get());
  }
}
