package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.HttpUrls;
import dev.ltx2.worker.common.StrictJson;
import dev.ltx2.worker.localapi.queue.Submission;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Reads the body of {@code /run}, {@code /runsync} and {@code /plan}. */
final class SubmissionReader {
  private static final int MAX_WEBHOOK = 2048;
  private static final Duration WEEK = Duration.ofDays(7);

  private static final JsonMapper STRICT =
      StrictJson.mapper().rebuild().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final String S3_CONFIG = "s3Config";

  private SubmissionReader() {}

  /** The object in a body. */
  static ObjectNode object(Path body) throws Refusal {
    try {
      if (STRICT.readTree(body.toFile()) instanceof ObjectNode object) {
        return object;
      }
      throw new Refusal(400, "The body must be a JSON object with an \"input\"");
    } catch (JsonProcessingException e) {
      String place =
          e.getLocation() == null
              ? ""
              : " at line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new Refusal(400, "The body is not valid JSON" + place + ": " + StrictJson.fault(e));
    } catch (NumberFormatException e) {
      throw new Refusal(400, "The body is not valid JSON: " + StrictJson.HUGE_EXPONENT);
    } catch (IOException e) {
      throw new Refusal(400, "The body is not UTF-8 text");
    }
  }

  /** What there is to be made. */
  static JsonNode input(ObjectNode body) throws Refusal {
    JsonNode input = body.get("input");
    if (input == null || !input.isObject()) {
      throw new Refusal(
          400, "\"input\" must be an object: {\"input\":{\"image_url\":…,\"duration\":5}}");
    }
    return input;
  }

  static Submission read(Path file, boolean sync, String base) throws Refusal {
    ObjectNode body = object(file);
    JsonNode policy = body.path("policy");
    if (!policy.isMissingNode() && !policy.isObject()) {
      throw new Refusal(400, "\"policy\" must be an object");
    }
    JsonNode input = input(body);
    if (body.hasNonNull(S3_CONFIG) || input.hasNonNull(S3_CONFIG)) {
      // An accepted job waits on the disk, and keys of a request are never kept there.
      throw new Refusal(
          400,
          "\"s3Config\" cannot be used here, since queued jobs are kept on disk and its keys must"
              + " not be: give a presigned output_url, or start the server with S3_BUCKET");
    }
    return new Submission(
        input,
        new Submission.Terms(
            webhook(body.path("webhook")),
            millis(policy, "executionTimeout", Duration.ofMinutes(10), Duration.ofSeconds(5)),
            millis(policy, "ttl", Duration.ofHours(24), Duration.ofSeconds(10)),
            sync,
            base));
  }

  private static Optional<String> webhook(JsonNode node) throws Refusal {
    if (node.isMissingNode() || node.isNull()) {
      return Optional.empty();
    }
    String address = node.asText();
    if (!node.isTextual() || address.length() > MAX_WEBHOOK || HttpUrls.parse(address).isEmpty()) {
      throw new Refusal(400, "\"webhook\" must be an http or https URL");
    }
    return Optional.of(address);
  }

  private static Duration millis(JsonNode policy, String name, Duration usual, Duration least)
      throws Refusal {
    JsonNode node = policy.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return usual;
    }
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < least.toMillis()
        || node.longValue() > WEEK.toMillis()) {
      throw new Refusal(
          400,
          "\"policy.%s\" must be a whole number of milliseconds from %d to %d"
              .formatted(name, least.toMillis(), WEEK.toMillis()));
    }
    return Duration.ofMillis(node.longValue());
  }
}
