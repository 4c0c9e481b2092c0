package dev.ltx2.worker.runpod;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import dev.ltx2.worker.runpod.protocol.RunPodClient;
import dev.ltx2.worker.runpod.protocol.RunPodSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the platform at every interval that this worker lives and which jobs it holds; a worker
 * that is silent is killed. It has a thread and connections of its own, so that nothing a job does
 * delays it, and it falls silent with the core.
 */
final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  /** An interval that took this much too long was a pause of the process. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final Endpoints endpoints;
  private final Optional<String> key;
  private final Duration interval;
  private final Supplier<Collection<String>> jobIds;
  private final BooleanSupplier coreAlive;
  private final Clock time;
  private final OkHttpClient client;
  private final RouteHealth health = new RouteHealth(LOG, "The heartbeat");
  private final Thread thread =
      Thread.ofPlatform().daemon().name("runpod-heartbeat").unstarted(this::beat);

  Heartbeat(
      RunPodSettings settings,
      Endpoints endpoints,
      Supplier<Collection<String>> jobIds,
      BooleanSupplier coreAlive,
      Clock time) {
    this.endpoints = endpoints;
    this.key = settings.apiKey();
    this.interval = settings.pingInterval();
    this.jobIds = jobIds;
    this.coreAlive = coreAlive;
    this.time = time;
    // One that hangs is given up and another one sent within the same interval.
    this.client = RunPodClient.newClient().newBuilder().callTimeout(interval.dividedBy(2)).build();
  }

  void start() {
    thread.start();
  }

  private void beat() {
    try {
      long last = time.nanos();
      while (coreAlive.getAsBoolean()) {
        long start = time.nanos();
        if (time.since(last).compareTo(interval.plus(PAUSE)) > 0) {
          client.connectionPool().evictAll();
        }
        last = start;
        Duration wait = ping() ? interval.minus(time.since(start)) : interval.dividedBy(5);
        if (wait.isPositive()) {
          time.sleep(wait);
        }
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** False when another one should follow soon. Whatever goes wrong here must not end the beats. */
  private boolean ping() {
    try {
      HttpUrl url = endpoints.ping(jobIds.get()).orElseThrow();
      int status = get(url);
      if (RunPodClient.accepted(status)) {
        health.worked();
        return true;
      }
      health.failed(RunPodClient.refusal(status));
      return status < 500 && status != 429;
    } catch (IOException e) {
      health.failed(RunPodClient.reason(e));
    } catch (RuntimeException | Error e) {
      LOG.error("A ping failed unexpectedly", e);
    }
    return false;
  }

  private int get(HttpUrl url) throws IOException {
    try (Response response = client.newCall(RunPodClient.request(url, key).build()).execute()) {
      return response.code();
    }
  }

  /** Tells once, within 2 s, that this worker cannot work. */
  void reportUnhealthy(String check, String reason) {
    endpoints
        .unhealthy(check, reason)
        .ifPresent(url -> {
          try (Response response =
              client
                  .newBuilder()
                  .callTimeout(Duration.ofSeconds(2))
                  .build()
                  .newCall(RunPodClient.request(url, key).build())
                  .execute()) {
            LOG.debug("Reported as unhealthy: status {}", response.code());
          } catch (IOException e) {
            LOG.warn("Could not be reported as unhealthy: {}", RunPodClient.reason(e));
          }
        });
  }

  @Override
  public void close() {
    thread.interrupt();
    client.dispatcher().cancelAll();
    client.connectionPool().evictAll();
  }
}
