package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.DiskWatch;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.runpod.RunPodWorker;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import dev.ltx2.worker.storage.KeptVideoSender;
import dev.ltx2.worker.storage.VideoProofs;
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
    Settings settings = Settings.from(System.getenv());
    RunPodSettings runPod = settings.runPod();
    if (!runPod.missing().isEmpty()) {
      throw new Settings.InvalidSettingsException(
          List.of(
              String.join(" and ", runPod.missing())
                  + " must be set: `serve` works for RunPod, which sets them. For one job without"
                  + " it: worker run REQUEST.json"));
    }
    switch (settings.logFormat()) {
      case JSON -> Logging.platform(settings.logLevel(), System.out);
      case TEXT -> Logging.text(settings.logLevel(), System.out);
    }
    if (settings.storage().bucket().isEmpty()) {
      LOG.warn(
          "There is no bucket: GCS_BUCKET is not set. Videos of up to 7 MB go into the answer; the"
              + " job of a larger one fails, and the video is kept in {}",
          settings.storage().keepDir());
    }
    try (Wiring wiring =
        Wiring.forPlatform(settings, VideoStores.of(settings.storage(), Clock.SYSTEM))) {
      DiskWatch disk = new DiskWatch(wiring.written(), settings.minFreeDisk(), Clock.SYSTEM);
      RunPodWorker worker =
          new RunPodWorker(
              runPod,
              new SelfTest(disk.over(wiring.videoJob()), System.getenv()),
              settings.workerConcurrency(),
              settings.storage().keepDir().resolve("answers"),
              Clock.SYSTEM);
      worker.askBeforeTaking(disk);
      worker.redeemPromises(VideoProofs.of(settings.storage(), Clock.SYSTEM)::hold);
      wiring.closing(KeptVideoSender.start(settings.storage(), Clock.SYSTEM));
      return untilSignal(worker, wiring);
    } catch (CommandFailure e) {
      RunPodWorker.reportUnhealthy(runPod, "settings", e.getMessage());
      throw e;
    }
  }

  /**
   * The Java machine ends with 143 after SIGTERM, which the platform counts as a crash. So the hook
   * waits for the drain and the closing, and then sets the exit code by {@code halt}.
   */
  private static int untilSignal(RunPodWorker worker, Wiring wiring) throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    AtomicInteger code = new AtomicInteger(1);
    Thread hook =
        new Thread(
            () -> {
              worker.stop();
              try {
                closed.await();
              } catch (InterruptedException e) {
                LOG.warn("The worker ends before its jobs");
              }
              System.out.flush();
              Runtime.getRuntime().halt(code.get());
            },
            "signal");
    Runtime.getRuntime().addShutdownHook(hook);
    // Without it a worker that has no job yet would wait for one, only to fail it.
    wiring.onGivenUp(reason ->
        worker.startFailed(new JobFailure(ErrorCode.COMFYUI_START_FAILED, reason, true, null)));
    try {
      code.set(worker.run());
    } finally {
      wiring.close();
      closed.countDown();
      unhook(hook);
    }
    return code.get();
  }

  private static void unhook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is running: it ends the process.
    }
  }
}
