package dev.ltx2.worker.localapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The calls and statuses that docs/local-api.md names are those that there are. */
class LocalApiDocumentTest {
  private static final Path ROOM = Path.of("src/main/java/dev/ltx2/worker/localapi");
  private static final Path API =
      Path.of("src/main/resources/dev/ltx2/worker/localapi/openapi.json");
  private static final Path DOCS = Path.of("docs/local-api.md");

  /** Described by itself, and the pages. */
  private static final Set<String> BESIDE = Set.of("GET /openapi.json");

  private static Set<String> found(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(each -> each.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyCallIsInTheTables() throws IOException {
    Set<String> calls = new TreeSet<>(BESIDE);
    for (var path : new ObjectMapper().readTree(API.toFile()).path("paths").properties()) {
      for (var operation : path.getValue().properties()) {
        if (!operation.getKey().equals("parameters")) {
          calls.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    assertThat(found("\\| `((?:GET|POST) [^`?]+)", Files.readString(DOCS))).isEqualTo(calls);
  }

  @Test
  void everyStatusIsExplained() throws IOException {
    String docs = Files.readString(DOCS);
    int from = docs.indexOf("\nStatuses: ");
    Set<String> said =
        found("\\b([45]\\d\\d)\\b", docs.substring(from, docs.indexOf("\n\n", from + 1)));
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(ROOM)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    Set<String> given = found("(?:Refusal\\(|error\\(|-> )\\s*([45]\\d\\d)\\b", code.toString());
    given.remove("500"); // a fault of ours, which nobody plans for
    assertThat(said).isEqualTo(given);
    Set<String> described = new TreeSet<>();
    for (JsonNode responses :
        new ObjectMapper().readTree(API.toFile()).path("paths").findValues("responses")) {
      responses.fieldNames().forEachRemaining(described::add);
    }
    described.removeIf(status -> status.startsWith("2"));
    assertThat(said).containsAll(described);
  }
}
