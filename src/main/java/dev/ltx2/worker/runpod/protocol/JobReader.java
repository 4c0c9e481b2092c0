package dev.ltx2.worker.runpod.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.StrictJson;
import dev.ltx2.worker.job.Job;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a take brought, element by element: one that cannot be run is answered if it has an
 * id, and takes none of the others with it. A lenient reader finds the elements and their ids, a
 * strict one, with the limits of the API, reads each.
 */
final class JobReader {
  private static final Logger LOG = LoggerFactory.getLogger(JobReader.class);

  private static final ObjectMapper STRICT =
      StrictJson.mapper().rebuild().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final String S3_CONFIG = "s3Config";

  private static final JsonFactory LENIENT =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
          .enable(JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final byte[] body;
  private final List<TakenJob> jobs = new ArrayList<>();

  /** Levels of nesting around the next token, and around an element: 1 in a list. */
  private int depth;

  private int outside;

  /** Where the element begins that is being read. */
  private OptionalInt open = OptionalInt.empty();

  private String id = "";

  private JobReader(byte[] body) {
    this.body = body;
  }

  /** The jobs in the body of a take; empty for what is no job at all. */
  static List<TakenJob> read(byte[] body) {
    JobReader reader = new JobReader(body);
    reader.read();
    return reader.jobs;
  }

  private void read() {
    try (JsonParser parser = LENIENT.createParser(body)) {
      for (JsonToken token = parser.nextToken();
          token != null && !ends(parser, token);
          token = parser.nextToken()) {
        // What is between the elements is nothing.
      }
    } catch (IOException e) {
      LOG.warn(
          "A take brought broken JSON with {} jobs in it",
          jobs.size() + (open.isPresent() ? 1 : 0));
    }
    if (open.isPresent()) {
      unreadable("it ends too early, or is no JSON");
    }
  }

  /** Takes in a token; true when nothing that follows counts. */
  private boolean ends(JsonParser parser, JsonToken token) throws IOException {
    enter(parser, token);
    if (open.isEmpty()) {
      stray(token);
    } else if (depth == outside) {
      return close(open.getAsInt(), parser);
    } else if (depth == outside + 1 && isId(parser, token)) {
      id = parser.getText();
    }
    return false;
  }

  private void enter(JsonParser parser, JsonToken token) {
    if (depth == 0 && outside == 0 && token == JsonToken.START_ARRAY) {
      outside = 1;
    }
    if (depth == outside && token == JsonToken.START_OBJECT) {
      open = OptionalInt.of((int) parser.currentTokenLocation().getByteOffset());
      id = "";
    }
    depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
  }

  /** Behind a single job nothing may follow; between those of a list a comma does. */
  private boolean close(int start, JsonParser parser) {
    open = OptionalInt.empty();
    boolean single = outside == 0;
    element(start, single ? body.length : (int) parser.currentLocation().getByteOffset());
    return single;
  }

  private void stray(JsonToken token) {
    if (depth == outside && token.isScalarValue() && token != JsonToken.VALUE_NULL) {
      LOG.warn("A take brought a value that is no job; nobody can be answered");
    }
  }

  private static boolean isId(JsonParser parser, JsonToken token) throws IOException {
    return token == JsonToken.VALUE_STRING && "id".equals(parser.currentName());
  }

  private void element(int start, int end) {
    if (start < 0 || end < start) {
      unreadable("it is not UTF-8 text");
      return;
    }
    try {
      JsonNode element = STRICT.readTree(body, start, end - start);
      // Handed out when a job's time in the queue had run out: seen on the platform.
      add(
          element.path("input"),
          element.has("input") ? s3Config(element) : Optional.of("The job has no input"));
    } catch (NumberFormatException e) {
      unreadable(StrictJson.HUGE_EXPONENT);
    } catch (JsonProcessingException e) {
      unreadable(StrictJson.fault(e));
    } catch (IOException e) {
      unreadable("it is not UTF-8 text");
    }
  }

  /** Whether the platform hands it out beside the input or inside of it is not known for sure. */
  private static Optional<String> s3Config(JsonNode element) {
    if (element.hasNonNull(S3_CONFIG) && element.get("input") instanceof ObjectNode input) {
      if (input.hasNonNull(S3_CONFIG) && !input.get(S3_CONFIG).equals(element.get(S3_CONFIG))) {
        return Optional.of("The job has two s3Config that differ: give one of them");
      }
      input.set(S3_CONFIG, element.get(S3_CONFIG));
    }
    return Optional.empty();
  }

  private void unreadable(String why) {
    add(MissingNode.getInstance(), Optional.of("The job could not be read: " + why));
  }

  private void add(JsonNode input, Optional<String> fault) {
    if (Endpoints.postable(id)) {
      jobs.add(new TakenJob(new Job(id, input), fault));
    } else {
      LOG.warn(
          id.isBlank()
              ? "A take brought an element without an id; nobody can be answered"
              : "A take brought a job under an id that no answer can be posted to");
    }
  }
}
