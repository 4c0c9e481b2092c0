package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What an operator sees and looks up in docs/operations.md is what the worker says. */
class TroubleshootingTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  /** Where the code fills in: figures, names, and what another room says behind a colon. */
  private static final Pattern GAP = Pattern.compile("…|\\d+(\\.\\d+)*|: |, ");

  @Test
  void theWordsInTheFirstColumnAreThoseOfTheCode() throws IOException {
    StringBuilder code = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        code.append(Files.readString(file));
      }
    }
    String said = code.toString().replaceAll("\"\\s*\\+\\s*\"", "");
    List<String> phrases = phrases();
    assertThat(phrases).hasSizeGreaterThan(25);
    assertThat(phrases).allMatch(phrase -> isSaid(phrase, said));
    assertThat(isSaid("Taking no jobs today", said)).isFalse();
  }

  /**
   * Texts of two words and more; single ones are settings and codes, which OperationsTest holds.
   */
  private static List<String> phrases() throws IOException {
    String docs = Files.readString(Path.of("docs/operations.md"));
    int from = docs.indexOf("\n## When something is wrong");
    String part = docs.substring(from, docs.indexOf("\n## ", from + 1));
    List<String> phrases = new ArrayList<>();
    for (String row : part.lines().filter(line -> line.startsWith("| ")).toList()) {
      QUOTED
          .matcher(row.substring(0, row.indexOf(" | ")))
          .results()
          .flatMap(quoted -> GAP.splitAsStream(quoted.group(1)))
          .map(String::strip)
          .filter(phrase -> phrase.contains(" "))
          .forEach(phrases::add);
    }
    return phrases;
  }

  /** As it stands, or but for its first or last word, which the code fills in. */
  private static boolean isSaid(String phrase, String code) {
    return Stream.of(phrase, phrase.replaceFirst("^\\S+", ""), phrase.replaceFirst("\\S+$", ""))
        .filter(each -> each.strip().contains(" "))
        .anyMatch(code::contains);
  }
}
