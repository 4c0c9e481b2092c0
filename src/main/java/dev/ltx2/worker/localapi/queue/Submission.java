package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/**
 * A job as a client hands it in.
 *
 * @param input the API's request fields
 */
public record Submission(JsonNode input, Terms terms) {
  /**
   * What a client wants besides its video.
   *
   * @param webhook where the job's end is told
   * @param executionTimeout how long it may run
   * @param ttl how long it may live, from its acceptance
   * @param sync whether its client waits for it
   * @param base what the addresses of files begin with: {@code http://} and the Host of the request
   */
  public record Terms(
      Optional<String> webhook,
      Duration executionTimeout,
      Duration ttl,
      boolean sync,
      String base) {}
}
