package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an earlier process of the server has left. */
final class Restored {
  private static final Logger LOG = LoggerFactory.getLogger(Restored.class);

  private Restored() {}

  /** Requests without a result wait again, in their old order; results are served again. */
  static void into(JobTable table, QueueFolder folder, Endings endings, Clock time)
      throws IOException {
    Map<String, LocalJob> ended = new HashMap<>();
    for (ObjectNode record : folder.results()) {
      LocalJob job = JobRecords.job(record, time);
      ended.put(job.id(), job);
    }
    List<LocalJob> untold = new ArrayList<>();
    int again = 0;
    for (ObjectNode record : folder.requests()) {
      LocalJob job = JobRecords.job(record, time);
      LocalJob result = ended.get(job.id());
      if (result != null && result.retries >= job.retries) {
        // Answered; the process died before it had told the client's server, or cleared away.
        LocalJob told = withWebhook(result, job);
        ended.put(job.id(), told);
        untold.add(told);
        continue;
      }
      ended.remove(job.id());
      table.restore(job);
      again++;
    }
    ended.values().forEach(table::restore);
    untold.forEach(endings::tell);
    if (again > 0) {
      LOG.info("Going on with {} jobs that were accepted before this start", again);
    }
  }

  private static LocalJob withWebhook(LocalJob result, LocalJob request) {
    LocalJob job = new LocalJob(request.facts, request.bytes, result.createdAt, result.retries);
    job.status = result.status;
    job.claimed = true;
    job.delayMillis = result.delayMillis;
    job.executionMillis = result.executionMillis;
    job.endedAt = result.endedAt;
    job.output = result.output;
    job.error = result.error;
    job.done().complete(null);
    return job;
  }
}
