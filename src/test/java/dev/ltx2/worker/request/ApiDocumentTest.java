package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.job.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What docs/api.md says of requests and errors, held against the parser. */
class ApiDocumentTest {
  private static final Pattern NAME = Pattern.compile("`([\\w]+)`");

  private String docs = "";

  @BeforeEach
  void read() throws IOException {
    docs = Files.readString(Path.of("docs/api.md"));
  }

  /** The rows of a section's tables, by the names in their first column. */
  private Map<String, List<String>> rows(String heading) {
    int from = docs.indexOf("\n" + heading + "\n");
    assertThat(from).as(heading).isNotNegative();
    int to = docs.indexOf("\n#", from + 1);
    Map<String, List<String>> rows = new TreeMap<>();
    docs.substring(from, to < 0 ? docs.length() : to)
        .lines()
        .filter(line -> line.startsWith("| `"))
        .forEach(line -> {
          List<String> cells = List.of(line.substring(2, line.length() - 2).split(" \\| ", -1));
          NAME.matcher(cells.getFirst()).results().forEach(name -> rows.put(name.group(1), cells));
        });
    return rows;
  }

  private static Set<String> names(Set<RequestField> fields) {
    return fields.stream()
        .flatMap(RequestField::allNames)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theTablesHaveEveryFieldAndNoOther() {
    Set<String> fields = new TreeSet<>(rows("## Fields").keySet());
    fields.removeAll(Set.of("fast", "high", "ultra"));
    assertThat(fields).isEqualTo(names(RequestField.REQUEST));
    assertThat(rows("### Keyframes").keySet()).isEqualTo(names(RequestField.KEYFRAME));
  }

  @Test
  void rangesDefaultsAndModesAreTheParsers() {
    Map<String, List<String>> rows = rows("## Fields");
    RequestRules.API
        .numbers()
        .forEach((name, range) -> {
          List<String> row = rows.get(name);
          assertThat(row).as(name).isNotNull();
          assertThat(row.get(2)).as(name).contains(range.text().replaceFirst("from ", ""));
          // Where several stand in one row, their defaults do too.
          range
              .standard()
              .ifPresent(value ->
                  assertThat(Pattern.compile("[\\d.]+").matcher(row.get(3)).results())
                      .as(name)
                      .map(MatchResult::group)
                      .anyMatch(each -> Double.parseDouble(each) == value.doubleValue()));
        });
    for (RequestField field : RequestField.REQUEST) {
      String modes = rows.get(field.label()).get(1);
      Set<String> said =
          modes.equals("all")
              ? Arrays.stream(Mode.values()).map(Mode::label).collect(Collectors.toSet())
              : Set.of(modes.split(", ", -1));
      assertThat(said)
          .as(field.label())
          .isEqualTo(field.modes().stream().map(Mode::label).collect(Collectors.toSet()));
    }
  }

  @Test
  void thePresetsAreThoseOfTheDefaultSet() {
    Map<String, List<String>> rows = rows("## Fields");
    for (Preset preset : RequestRules.API.presets()) {
      assertThat(rows.get(preset.label()))
          .containsExactly(
              "`" + preset.label() + "`",
              Integer.toString(preset.steps()),
              Double.toString(preset.loras().distilled()),
              Double.toString(preset.loras().detailer()),
              Double.toString(preset.loras().camera()));
    }
  }

  @Test
  void everyCodeIsExplained() {
    assertThat(rows("## Errors").keySet())
        .isEqualTo(Arrays.stream(ErrorCode.values()).map(Enum::name).collect(Collectors.toSet()));
  }

  @Test
  void theSentencesOfRefusalsAreTheParsers() {
    String image = "\"image_url\": \"https://e.org/a.png\"";
    assertThat(block("Examples of `INVALID_INPUT`:"))
        .containsExactly(
            refused("{%s, \"duration\": 5, \"fps\": 61}".formatted(image)),
            refused(
                "{\"duration\": 31.0, \"keyframes\": [{%s}, {%s, \"strength\": 1.5}]}"
                    .formatted(image, image)),
            refused("{%s}".formatted(image)),
            refused("{\n  \"input\": {\n    \"fps\": 30"));
  }

  private List<String> block(String title) {
    int from = docs.indexOf("```text\n", docs.indexOf(title)) + 8;
    return docs.substring(from, docs.indexOf("\n```", from)).lines().toList();
  }

  private static String refused(String request) {
    InvalidRequestException refusal =
        catchThrowableOfType(
            InvalidRequestException.class,
            () -> GenerationRequest.parse(RequestJson.read(request)));
    return Optional.ofNullable(refusal).map(Throwable::getMessage).orElse("accepted");
  }

  /** Each example of a request becomes one, in the mode that its fields mean. */
  @Test
  void theExamplesAreAccepted() throws Exception {
    Map<Mode, Integer> seen = new HashMap<>();
    for (MatchResult json :
        Pattern.compile("```json\n(\\{\\s*\"input\".*?)\n```", Pattern.DOTALL)
            .matcher(docs)
            .results()
            .toList()) {
      GenerationRequest request = GenerationRequest.parse(RequestJson.read(json.group(1)));
      seen.merge(request.mode(), 1, Integer::sum);
    }
    assertThat(seen).containsKeys(Mode.LIPSYNC, Mode.AUDIO_GEN, Mode.MULTIFRAME_LIPSYNC);
  }
}
