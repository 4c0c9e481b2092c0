package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Successes of the last minutes, for jobs that the platform hands out again by mistake. Bounded:
 * one that is not here, because it carries a video or many came after it, is run again.
 */
final class RecentAnswers {
  /** A job that is handed out again this soon after its success is a slip of the platform. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final long MAX_BYTES = 4 << 20;

  private record Recent(EncodedAnswer.InMemory answer, long since) {}

  private final Clock time;
  private final Map<String, Recent> recent = new LinkedHashMap<>();
  private long bytes;

  RecentAnswers(Clock time) {
    this.time = time;
  }

  synchronized void add(String jobId, EncodedAnswer.InMemory answer) {
    remove(jobId);
    recent.put(jobId, new Recent(answer, time.nanos()));
    bytes += answer.bytes();
    while (bytes > MAX_BYTES) {
      remove(recent.keySet().iterator().next());
    }
  }

  synchronized Optional<EncodedAnswer> find(String jobId) {
    recent.entrySet().stream()
        .filter(entry -> time.since(entry.getValue().since()).compareTo(REMEMBERED) > 0)
        .map(Map.Entry::getKey)
        .toList()
        .forEach(this::remove);
    return Optional.ofNullable(recent.get(jobId)).map(Recent::answer);
  }

  private void remove(String jobId) {
    Recent removed = recent.remove(jobId);
    if (removed != null) {
      bytes -= removed.answer().bytes();
    }
  }
}
