package dev.ltx2.worker.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelListTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  @TempDir private Path dir;

  /** Each set's graphs name the files of its set.json, and models.txt has those of all sets. */
  @Test
  void modelsTxtHasExactlyTheFilesOfTheSets() throws Exception {
    ModelList list = ModelList.read(Path.of("models.txt"));
    Set<String> all = new TreeSet<>();
    try (Stream<Path> sets = Files.list(Path.of("workflows"))) {
      for (Path set : sets.toList()) {
        JsonNode json = new ObjectMapper().readTree(set.resolve("set.json").toFile());
        Set<String> paths = new TreeSet<>();
        json.path("files").forEach(file -> paths.add(file.asText()));
        ModelList own = list.only(paths, set.toString());
        assertThat(own.files().stream().map(ModelFile::name).collect(Collectors.toSet()))
            .as(set.toString())
            .isEqualTo(named(set));
        all.addAll(paths);
      }
    }
    assertThat(list.files()).extracting(ModelFile::path).containsExactlyInAnyOrderElementsOf(all);
    assertThat(list.files()).allMatch(file -> file.url().getPath().endsWith("/" + file.name()));
    assertThat(list.files())
        .as("size, content and commit are pinned")
        .allMatch(file -> file.size().isPresent() && file.sha256().isPresent())
        .allMatch(file -> file.url().getPath().matches(".*/resolve/[0-9a-f]{40}/.*"));
    assertThat(list.files())
        .filteredOn(ModelFile::gated)
        .extracting(ModelFile::page)
        .containsOnly("https://huggingface.co/Lightricks/LTX-2.5");
  }

  /** The model files that a set's graphs name. */
  private static Set<String> named(Path set) throws IOException {
    Set<String> named = new TreeSet<>();
    try (Stream<Path> files = Files.list(set)) {
      for (Path file : files.filter(path -> !path.endsWith("set.json")).toList()) {
        for (JsonNode node : new ObjectMapper().readTree(file.toFile())) {
          for (JsonNode input : node.path("inputs")) {
            if (input.asText().endsWith(".safetensors")) {
              named.add(input.asText());
            }
          }
        }
      }
    }
    return named;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "a/b | 1 | ? | https://h/x | l ; expected path | size",
        "../b | 1 | ? | https://h/x | l | p ; the path must be folder/name",
        "a/../b | 1 | ? | https://h/x | l | p ; the path must be folder/name",
        "/a/b | 1 | ? | https://h/x | l | p ; the path must be folder/name",
        "a/b | -1 | ? | https://h/x | l | p ; the size must be a number",
        "a/b | 1 | abc | https://h/x | l | p ; 64 lower-case hex digits",
        "a/b | 1 | ? | ftp://h/x | l | p ; the URL must start with",
        "a/b | 1 | ? | file | l | p ; the URL must start with",
        "a/b | | ? | https://h/x | l | p ; part 2 of 6 is empty",
      })
  void faultsAreNamedWithTheirLine(String line, String message) {
    assertThatThrownBy(() -> ModelList.parse("models.txt", List.of("# a list", line)))
        .isInstanceOf(ModelsException.class)
        .hasMessageStartingWith("models.txt line 2: ")
        .hasMessageContaining(message);
  }

  @Test
  void oneFileTwiceIsAFault() {
    String line = "a/b | 1 | ? | https://h/x | l | p";
    assertThatThrownBy(() -> ModelList.parse("models.txt", List.of(line, line)))
        .hasMessageContaining("line 2: a/b is listed twice");
  }

  @Test
  void lockWritesWhatTheHubTellsAndKeepsTheRest() throws Exception {
    try (FaultyHub hub = new FaultyHub(0, 0);
        Hub client = new Hub(Optional.empty(), Duration.ofSeconds(5))) {
      byte[] x = hub.random("a/x.bin", 100);
      hub.random("a/y.bin", 7);
      List<String> lines =
          List.of(
              "# a comment | with | bars",
              "",
              "a/x.bin | ? | ? | " + hub.url("a/x.bin") + " | l | p",
              "a/y.bin | 7 | ? | " + hub.url("a/y.bin") + " | l | p");
      ModelPull pull = new ModelPull(client, new PullListener() {}, Clock.SYSTEM);
      ModelList all = ModelList.parse("models.txt", lines);
      String text = pull.lock(all, all);
      assertThat(text)
          .startsWith("# a comment | with | bars\n\n")
          .contains("a/x.bin | 100 | " + FaultyHub.sha256(x) + " | " + hub.url("a/x.bin"));
      ModelList locked = ModelList.parse("models.txt", text.lines().toList());
      assertThat(pull.lock(locked, locked)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100, right, true, GOOD",
    "100, right, false, UNVERIFIED",
    "100, other, true, CORRUPT",
    "101, right, true, TRUNCATED",
    "99, right, true, WRONG_SIZE",
    "?, ?, true, UNVERIFIED",
  })
  void filesAreChecked(String size, String sha, boolean hash, ModelCheck.Condition state)
      throws Exception {
    byte[] bytes = new byte[100];
    Files.createDirectories(dir.resolve("a"));
    Files.write(dir.resolve("a/x"), bytes);
    String hex =
        switch (sha) {
          case "right" -> FaultyHub.sha256(bytes);
          case "other" -> SHA;
          default -> "?";
        };
    ModelList list =
        ModelList.parse(
            "models.txt", List.of("a/x | " + size + " | " + hex + " | https://h/x | l | p"));
    assertThat(ModelCheck.check(list, new ModelFolders(dir, dir, dir), hash))
        .singleElement()
        .matches(file -> file.condition() == state)
        .matches(finding -> finding.toString().startsWith("a/x: "));
  }

  @Test
  void theFilesOfASetAloneAndOfAnotherHub() throws Exception {
    ModelList list =
        ModelList.parse(
            "models.txt",
            List.of(
                "a/x | 1 | ? | https://h/Org/Repo/resolve/0/x | l | p",
                "b/y | 2 | ? | https://h/plain/y | Terms (gated) | p"));
    ModelList set = list.only(List.of("b/y", "a/x"), "model set own");
    assertThat(set.files()).extracting(ModelFile::path).containsExactly("a/x", "b/y");
    assertThat(list.only(List.of("b/y"), "model set own").files())
        .extracting(ModelFile::path)
        .containsExactly("b/y");
    assertThatThrownBy(() -> list.only(List.of("a/x", "c/z"), "model set own"))
        .isInstanceOf(ModelsException.class)
        .hasMessage("the list of models lacks c/z, which model set own needs");
    assertThat(list.on(java.net.URI.create("https://mirror:8443/hf/")).files())
        .extracting(file -> file.url().toString())
        .containsExactly("https://mirror:8443/hf/Org/Repo/resolve/0/x", "https://h/plain/y");
    assertThat(list.files()).extracting(ModelFile::gated).containsExactly(false, true);
    assertThat(list.files().getFirst().page()).isEqualTo("https://h/Org/Repo");
  }
}
