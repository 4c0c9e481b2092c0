package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Jobs as the files of {@link QueueFolder} have them, and back. */
final class JobRecords {
  private JobRecords() {}

  static ObjectNode request(LocalJob.Facts facts, int retries, JsonNode input) {
    ObjectNode record = record(facts, retries);
    facts.terms().webhook().ifPresent(webhook -> record.put("webhook", webhook));
    record.set("input", input);
    return record;
  }

  /** Without the request: its addresses stand in the request's file alone. */
  static ObjectNode result(LocalJob job, LocalJob.Ending ending, Instant ended) {
    ObjectNode record =
        record(job.facts, job.retries)
            .put("ended", ended.toString())
            .put("status", ending.status().name())
            .put("delay_millis", job.delayMillis)
            .put("execution_millis", job.executionMillis);
    ending.output().ifPresent(output -> record.set("output", output));
    ending.error().ifPresent(error -> record.put("error", error));
    return record;
  }

  private static ObjectNode record(LocalJob.Facts facts, int retries) {
    return QueueFolder.JSON
        .createObjectNode()
        .put("id", facts.id())
        .put("order", facts.order())
        .put("created", facts.created().toString())
        .put("mode", facts.mode())
        .put("base", facts.terms().base())
        .put("execution_timeout", facts.terms().executionTimeout().toMillis())
        .put("ttl", facts.terms().ttl().toMillis())
        .put("sync", facts.terms().sync())
        .put("retries", retries);
  }

  /**
   * A job as one of these records has it; its age goes by the wall clock, the only one that lasts
   * from one process to the next.
   */
  static LocalJob job(ObjectNode record, Clock time) {
    Instant created = instant(record.path("created"), time);
    LocalJob.Facts facts =
        new LocalJob.Facts(
            record.path("id").asText(),
            record.path("order").asLong(),
            created,
            record.path("mode").asText(),
            terms(record));
    long bytes = record.path("bytes").asLong();
    LocalJob job = new LocalJob(facts, bytes, at(created, time), record.path("retries").asInt());
    if (record.path("status").isTextual()) {
      job.status = JobStatus.valueOf(record.path("status").textValue());
      job.claimed = true;
      job.delayMillis = record.path("delay_millis").asLong();
      job.executionMillis = record.path("execution_millis").asLong();
      job.endedAt = at(instant(record.path("ended"), time), time);
      job.output = Optional.ofNullable(record.get("output"));
      job.error = Optional.ofNullable(record.path("error").textValue());
      job.done().complete(null);
    }
    return job;
  }

  private static Submission.Terms terms(ObjectNode record) {
    return new Submission.Terms(
        Optional.ofNullable(record.path("webhook").textValue()),
        Duration.ofMillis(record.path("execution_timeout").asLong()),
        Duration.ofMillis(record.path("ttl").asLong()),
        record.path("sync").asBoolean(),
        record.path("base").asText());
  }

  /** When that was, on the clock that nobody turns; a clock that went back makes nothing older. */
  private static long at(Instant when, Clock time) {
    Duration age = Duration.between(when, time.now());
    return time.nanos() - (age.isNegative() ? 0 : age.toNanos());
  }

  private static Instant instant(JsonNode text, Clock time) {
    try {
      return Instant.parse(text.asText());
    } catch (DateTimeException e) {
      return time.now();
    }
  }
}
