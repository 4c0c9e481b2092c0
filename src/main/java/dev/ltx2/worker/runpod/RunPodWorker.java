package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.PromiseCheck;
import dev.ltx2.worker.runpod.answers.KeptAnswers;
import dev.ltx2.worker.runpod.answers.ResultOutbox;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.RunPodClient;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A worker of RunPod's serverless platform: loop, heartbeat and stop channel together. */
public final class RunPodWorker {
  private static final Logger LOG = LoggerFactory.getLogger(RunPodWorker.class);

  private final RunPodSettings settings;
  private final Endpoints endpoints;
  private final RunPodClient client;
  private final ResultOutbox outbox;
  private final JobLoop loop;
  private final Clock time;

  /**
   * Prepares one; nothing is sent yet.
   *
   * @param concurrency jobs held at once
   * @param kept where answers wait for the next worker that this one cannot deliver
   */
  public RunPodWorker(
      RunPodSettings settings, JobRunner runner, int concurrency, Path kept, Clock time) {
    this.settings = settings;
    this.time = time;
    endpoints = new Endpoints(settings);
    client = new RunPodClient(endpoints, settings.apiKey(), time);
    outbox = new ResultOutbox(client, new KeptAnswers(kept, time), time);
    ActiveJobs roster = new ActiveJobs(concurrency, time);
    loop =
        new JobLoop(
            client, new JobRun.Means(runner, roster, outbox, settings.drainTimeout(), time));
  }

  /**
   * Takes no job while something hinders this worker, and gives it up when that lasts a minute in
   * which none of its jobs runs; to be said before {@link #run}.
   */
  public void askBeforeTaking(Readiness readiness) {
    loop.askBeforeTaking(readiness);
  }

  /** What to do once, before the first job is asked for; to be said before {@link #run}. */
  public void beforeFirstTake(Runnable action) {
    loop.beforeFirstTake(action);
  }

  /**
   * Also gives the answers that killed workers had promised, once their videos are found; to be
   * said before {@link #run}.
   */
  public void redeemPromises(PromiseCheck check) {
    outbox.redeemPromises(check);
  }

  /**
   * Works until {@link #stop}, or until a job's failure ends the worker.
   *
   * @return the exit code: 0, or 1 when ComfyUI did not come up or the disk stays full
   */
  public int run() throws InterruptedException {
    Thread core = Thread.currentThread();
    boolean pings = pings();
    StopChannel stops = new StopChannel(client, loop::stop, time);
    Heartbeat heartbeat = new Heartbeat(settings, endpoints, loop::jobIds, core::isAlive, time);
    try (stops;
        heartbeat) {
      if (pings) {
        heartbeat.start();
      }
      stops.start();
      outbox.start();
      loop.onEnd(stops::close);
      EndOfLoop.End end = loop.run();
      if (end.exitCode() != 0 && pings) {
        heartbeat.reportUnhealthy(end.check(), loop.cause());
      }
      return end.exitCode();
    } finally {
      client.close();
      outbox.close();
    }
  }

  /** As the platform's own worker: all three, or no heartbeat. */
  private boolean pings() {
    boolean set =
        settings.pingUrl().isPresent()
            && settings.apiKey().isPresent()
            && settings.workerId().isPresent();
    if (!set) {
      LOG.warn(
          "No heartbeat: RUNPOD_WEBHOOK_PING, RUNPOD_AI_API_KEY and RUNPOD_POD_ID must be set");
    }
    return set;
  }

  /** Answers that are done and not delivered yet. */
  public int undelivered() {
    return outbox.waiting().jobIds().size();
  }

  /** Takes no more jobs and finishes those it has; {@link #run} then returns. */
  public void stop() {
    loop.end(EndOfLoop.End.SIGNAL, null);
  }

  /**
   * ComfyUI did not come up: jobs get this answer, the platform a report, {@link #run} returns 1.
   */
  public void startFailed(JobFailure why) {
    loop.end(EndOfLoop.End.START_FAILED, why);
  }

  /** Reports a worker that cannot even begin, once and without retry. */
  public static void reportUnhealthy(RunPodSettings settings, String check, String reason) {
    Endpoints endpoints = new Endpoints(settings);
    try (Heartbeat heartbeat =
        new Heartbeat(settings, endpoints, List::of, () -> false, Clock.SYSTEM)) {
      heartbeat.reportUnhealthy(check, reason);
    }
  }
}
