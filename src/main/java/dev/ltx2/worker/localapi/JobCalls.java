package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.RateLimits.Operation;
import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.localapi.queue.JobStatus;
import dev.ltx2.worker.localapi.queue.LocalQueue;
import dev.ltx2.worker.localapi.queue.QueueException;
import dev.ltx2.worker.localapi.queue.Submission;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The platform's operations on jobs. Calls may block: each has a virtual thread. */
final class JobCalls {
  /** Bodies of 20 MB that are in memory at once. */
  private static final int PARSED_AT_ONCE = 4;

  private static final Duration WAIT = Duration.ofSeconds(90);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private final LocalQueue queue;
  private final FileFolder files;
  private final RateLimits rates;
  private final Clock time;
  private final Semaphore parsing = new Semaphore(PARSED_AT_ONCE, true);

  JobCalls(LocalQueue queue, FileFolder files, RateLimits rates, Clock time) {
    this.queue = queue;
    this.files = files;
    this.rates = rates;
    this.time = time;
  }

  private interface LimitedCall {
    Reply reply() throws Refusal, QueueException, InterruptedException;
  }

  /** Empty for a call that is none of these. */
  Optional<Reply> handle(Call call) throws Refusal, InterruptedException {
    try {
      return Optional.ofNullable(answer(call));
    } catch (QueueException e) {
      throw new Refusal(
          switch (e.obstacle()) {
            case FULL -> 429;
            case WRONG_STATE -> 400;
            case CLOSING -> 503;
            case DISK -> 507;
          },
          e.getMessage());
    }
  }

  private @Nullable Reply answer(Call call) throws Refusal, QueueException, InterruptedException {
    String asked = call.method() + " " + call.operation() + " " + (call.path().size() - 1);
    return switch (asked) {
      case "POST run 0" -> limited(Operation.RUN, () -> Reply.ok(submit(call, false)));
      case "POST runsync 0" -> limited(Operation.RUNSYNC, () -> runSync(call));
      case "GET status 1", "POST status 1" ->
          limited(Operation.STATUS, () -> known(queue.status(call.id())));
      case "GET status-sync 1", "POST status-sync 1" ->
          limited(Operation.STATUS, () -> statusSync(call));
      case "GET stream 1", "POST stream 1" ->
          limited(Operation.STREAM, () -> known(queue.stream(call.id())));
      case "POST cancel 1" -> limited(Operation.CANCEL, () -> known(queue.cancel(call.id())));
      case "POST retry 1" -> limited(Operation.RUN, () -> known(queue.retry(call.id())));
      case "POST purge-queue 0" -> limited(Operation.PURGE, this::purge);
      case "GET health 0" -> Reply.ok(queue.health());
      default -> null;
    };
  }

  private Reply limited(Operation operation, LimitedCall limited)
      throws Refusal, QueueException, InterruptedException {
    rates.begin(operation);
    try {
      return limited.reply();
    } finally {
      rates.end(operation);
    }
  }

  private Reply purge() {
    return Reply.ok(
        Reply.JSON.createObjectNode().put("removed", queue.purge()).put("status", "completed"));
  }

  private ObjectNode submit(Call call, boolean sync)
      throws Refusal, QueueException, InterruptedException {
    parsing.acquire();
    try {
      Submission submission =
          SubmissionReader.read(
              call.body().orElseThrow(() -> new Refusal(400, "The body is empty")),
              sync,
              call.base());
      files.use(submission.input());
      return queue.submit(submission);
    } finally {
      parsing.release();
    }
  }

  private Reply runSync(Call call) throws Refusal, QueueException, InterruptedException {
    Duration wait = wait(call);
    String id = submit(call, true).path("id").asText();
    awaitEnd(id, wait);
    return known(
        queue
            .status(id)
            .map(json ->
                JobStatus.valueOf(json.path("status").textValue()).isFinal()
                    ? json
                    : json.retain("id", "status")));
  }

  private static Duration wait(Call call) throws Refusal {
    String text = call.query().get("wait");
    if (text == null) {
      return WAIT;
    }
    try {
      long millis = Long.parseLong(text);
      if (millis >= 1000 && millis <= LONGEST_WAIT.toMillis()) {
        return Duration.ofMillis(millis);
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new Refusal(400, "wait must be a whole number of milliseconds from 1000 to 300000");
  }

  private Reply statusSync(Call call) throws Refusal, InterruptedException {
    awaitEnd(call.id(), wait(call));
    return known(queue.status(call.id()));
  }

  private void awaitEnd(String id, Duration wait) throws InterruptedException {
    Optional<CompletableFuture<Void>> done = queue.done(id);
    if (done.isPresent()) {
      BlockingQueue<String> end = new LinkedBlockingQueue<>();
      var _ = done.get().thenRun(() -> end.add(id));
      String _ = time.poll(end, wait);
    }
  }

  private static Reply known(Optional<ObjectNode> json) throws Refusal {
    return Reply.ok(
        json.orElseThrow(() ->
            new Refusal(404, "No such job: its id is unknown, or its result is no longer kept")));
  }
}
