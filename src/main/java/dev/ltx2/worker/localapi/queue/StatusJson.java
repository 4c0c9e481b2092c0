package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.JobFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;

/** The shapes in which the platform tells of jobs. */
final class StatusJson {
  static final ObjectMapper JSON = new ObjectMapper();

  private StatusJson() {}

  /** What {@code /status} says. */
  static ObjectNode of(LocalJob job) {
    ObjectNode json = brief(job);
    if (job.status != JobStatus.IN_QUEUE) {
      json.put("delayTime", job.delayMillis);
    }
    if (job.status.isFinal()) {
      json.put("executionTime", job.executionMillis);
    }
    job.output.ifPresent(output -> json.set("output", output));
    job.error.ifPresent(error -> json.put("error", error));
    if (job.retries > 0) {
      json.put("retries", job.retries);
    }
    return json;
  }

  /** The same for one that has just been accepted. */
  static ObjectNode brief(LocalJob job) {
    return JSON.createObjectNode().put("id", job.id()).put("status", job.status.name());
  }

  /** One line in the list of jobs. */
  static ObjectNode line(LocalJob job) {
    ObjectNode json = brief(job);
    json.put("mode", job.facts.mode()).put("created", job.facts.created().toString());
    job.error.ifPresent(error -> json.put("error", error));
    JsonNode made = job.output.map(output -> output.path("output")).orElse(JSON.nullNode());
    url(made.path("video_url")).ifPresent(url -> json.put("video_url", url));
    url(made.path("details").path("contact_sheet_url"))
        .ifPresent(url -> json.put("contact_sheet_url", url));
    return json;
  }

  private static Optional<String> url(JsonNode node) {
    return Optional.ofNullable(node.textValue());
  }

  /** An answer with the addresses of this server made whole. */
  static JsonNode of(Answer answer, String base) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = JSON.createGenerator(bytes)) {
      answer.writeTo(out);
    }
    JsonNode json = JSON.readTree(bytes.toByteArray());
    complete(json.path("output"), "video_url", base);
    complete(json.path("output").path("details"), "contact_sheet_url", base);
    return json;
  }

  private static void complete(JsonNode parent, String field, String base) {
    if (parent instanceof ObjectNode object
        && object.path(field).asText("").startsWith("/files/")) {
      object.put(field, base + object.get(field).textValue());
    }
  }

  static JsonNode of(JobFailure failure) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var out = JSON.createGenerator(bytes)) {
      failure.writeTo(out);
    }
    return JSON.readTree(bytes.toByteArray());
  }
}
