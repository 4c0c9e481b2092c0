package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.job.Progress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One job in memory, without its input. Everything that changes is guarded by the queue. */
final class LocalJob {
  /** Updates that nobody read; older ones go. */
  private static final int MAX_UPDATES = 1000;

  /** Why a running job is stopped. */
  enum Stop {
    CANCEL,
    EXECUTION_TIMEOUT,
    TTL,
    END_OF_SERVER
  }

  /**
   * What is known of it from the start.
   *
   * @param order of acceptance
   */
  record Facts(String id, long order, Instant created, String mode, Submission.Terms terms) {}

  /**
   * How it ended.
   *
   * @param output the answer, or what a failure says
   */
  record Ending(JobStatus status, Optional<JsonNode> output, Optional<String> error) {}

  final Facts facts;

  /** Of its request on disk. */
  final long bytes;

  /** When it was accepted, on the clock of this process. */
  final long createdAt;

  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Deque<ObjectNode> updates = new ArrayDeque<>();
  JobStatus status = JobStatus.IN_QUEUE;
  int retries;
  long startedAt;
  long endedAt;
  long delayMillis;
  long executionMillis;
  Optional<JsonNode> output = Optional.empty();
  Optional<String> error = Optional.empty();

  /** Somebody is about to end it; whoever comes later leaves it alone. */
  boolean claimed;

  /** Its video is made: the GPU is another's. */
  boolean tail;

  @Nullable Thread thread;
  @Nullable Stop stop;

  LocalJob(Facts facts, long bytes, long createdAt, int retries) {
    this.facts = facts;
    this.bytes = bytes;
    this.createdAt = createdAt;
    this.retries = retries;
  }

  String id() {
    return facts.id;
  }

  CompletableFuture<Void> done() {
    return done;
  }

  void progress(Progress progress) {
    ObjectNode now = progress.toJson();
    output = Optional.of(now);
    if (updates.size() == MAX_UPDATES) {
      updates.removeFirst();
    }
    updates.add(now);
  }

  /** What was not read yet; reading takes it away. */
  Deque<ObjectNode> takeUpdates() {
    Deque<ObjectNode> all = new ArrayDeque<>(updates);
    updates.clear();
    return all;
  }

  /** Nobody else ends it from now on, and its times stand as its result will have them. */
  void claim(long now) {
    claimed = true;
    if (status == JobStatus.IN_PROGRESS) {
      executionMillis = (now - startedAt) / 1_000_000;
    } else {
      delayMillis = (now - createdAt) / 1_000_000;
    }
  }

  void end(Ending ending, long now) {
    endedAt = now;
    status = ending.status();
    output = ending.output();
    error = ending.error();
  }
}
