package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells clients' own servers how jobs ended: one post and two more tries, as the platform does. */
final class Webhooks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private static final int TRIES = 3;
  private static final int AT_ONCE = 16;

  private final WebhookPost post;
  private final Duration gap;
  private final Clock time;
  private final Semaphore seats = new Semaphore(AT_ONCE);
  private final AtomicInteger waiting = new AtomicInteger();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("webhook-", 1).factory());

  Webhooks(WebhookPost post, Duration gap, Clock time) {
    this.post = post;
    this.gap = gap;
    this.time = time;
  }

  /**
   * Posts in the background.
   *
   * @param settled called when it has arrived or is given up; not when the server ends before
   */
  void send(String jobId, String address, ObjectNode body, Runnable settled) {
    waiting.incrementAndGet();
    threads.execute(() -> {
      try {
        deliver(jobId, address, QueueFolder.JSON.writeValueAsBytes(body));
        settled.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // the next start tells it
      } catch (IOException e) {
        LOG.error("Cannot write the webhook's body of job {}", jobId, e);
      } finally {
        waiting.decrementAndGet();
      }
    });
  }

  /** How many have not arrived yet. */
  int waiting() {
    return waiting.get();
  }

  private void deliver(String jobId, String address, byte[] body) throws InterruptedException {
    String why = "";
    for (int attempt = 1; attempt <= TRIES; attempt++) {
      if (attempt > 1) {
        time.sleep(gap);
      }
      seats.acquire();
      try {
        int status = post.post(address, body);
        if (status == 200) {
          return;
        }
        why = "it answered " + status;
      } catch (IOException e) {
        why = String.valueOf(e.getMessage());
      } finally {
        seats.release();
      }
    }
    LOG.warn("Gave up the webhook of job {} after {} tries: {}", jobId, TRIES, why);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
