package dev.ltx2.worker.runpod;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ltx2.worker.job.Job;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a take brought, element by element: one that cannot be run is answered if it has an
 * id, and takes none of the others with it.
 */
final class JobReader {
  private static final Logger LOG = LoggerFactory.getLogger(JobReader.class);

  /** A data URI of 50 MB; the platform's own limit is 10 or 20 MB a request. */
  private static final int MAX_TEXT = 70_000_000;

  private static final int MAX_NESTING = 1000;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_NESTING)
                          .maxStringLength(MAX_TEXT)
                          .build())
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // Numbers as written, as the request's own reader has them.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /** Finds ids in texts that the other gives up on. */
  private static final JsonFactory LENIENT =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JobReader() {}

  /** The jobs in the body of a take; empty for what is no job at all. */
  static List<Handed> read(byte[] body) {
    JsonNode tree;
    try {
      tree = JSON.readTree(body);
    } catch (IOException | NumberFormatException e) {
      List<Handed> rescued = rescue(body);
      LOG.warn("A take brought unreadable JSON with {} job ids in it", rescued.size());
      return rescued;
    }
    List<Handed> jobs = new ArrayList<>();
    if (tree.isArray()) {
      tree.forEach(element -> element(element).ifPresent(jobs::add));
    } else if (!tree.isMissingNode() && !tree.isNull()) {
      element(tree).ifPresent(jobs::add);
    }
    return jobs;
  }

  private static Optional<Handed> element(JsonNode element) {
    JsonNode id = element.get("id");
    if (id == null || !id.isTextual() || id.asText().isBlank()) {
      LOG.warn("A take brought an element without an id; nobody can be answered");
      return Optional.empty();
    }
    // Handed out when a job's time in the queue had run out: seen on the platform.
    Optional<String> fault =
        element.has("input") ? Optional.empty() : Optional.of("The job has no input");
    return Optional.of(new Handed(new Job(id.asText(), element.get("input")), fault));
  }

  private static List<Handed> rescue(byte[] body) {
    List<Handed> found = new ArrayList<>();
    try (JsonParser parser = LENIENT.createParser(body)) {
      int depth = 0;
      JsonToken token = parser.nextToken();
      int jobs = token == JsonToken.START_ARRAY ? 2 : 1;
      for (; token != null; token = parser.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (depth == jobs
            && token == JsonToken.VALUE_STRING
            && "id".equals(parser.currentName())
            && !parser.getText().isBlank()) {
          found.add(
              new Handed(
                  new Job(parser.getText(), null),
                  Optional.of("The job could not be read: its JSON is broken or too deep")));
        }
      }
    } catch (IOException e) {
      // It ends where it is broken.
    }
    return found;
  }
}
