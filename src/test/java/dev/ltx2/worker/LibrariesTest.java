package dev.ltx2.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Every jar that reaches the image stands in a list by name. An upgrade that brings another one is
 * thereby seen by a person.
 */
class LibrariesTest {
  private static final Path ALLOWED = Path.of("test-fixtures/libraries.txt");

  /** Written by Maven before the tests; a line is group:artifact:jar[:classifier]:version:scope. */
  private static final Path RESOLVED = Path.of("target/libraries.txt");

  private static final Pattern LIBRARY =
      Pattern.compile("^ +([\\w.-]+:[\\w.-]+):jar(:[\\w-]+)?:[^: ]+:\\w+", Pattern.MULTILINE);

  @Test
  void onlyKnownJarsReachTheImage() throws IOException {
    NavigableSet<String> allowed = new TreeSet<>(Files.readAllLines(ALLOWED));
    NavigableSet<String> resolved = resolved();
    assertThat(without(resolved, allowed))
        .as(
            "jars that would reach the image and are not in %s. Exclude them in pom.xml, with the"
                + " room's tests passing without them; or, if they are needed, look at what they"
                + " are, who publishes them and under which licence, and add them to the list",
            ALLOWED)
        .isEmpty();
    assertThat(without(allowed, resolved))
        .as("jars in %s that nothing brings any more: take them out of the list", ALLOWED)
        .isEmpty();
  }

  private static NavigableSet<String> resolved() throws IOException {
    assertThat(RESOLVED).as("Maven writes it: mvn generate-test-resources").isNotEmptyFile();
    NavigableSet<String> found = new TreeSet<>();
    LIBRARY
        .matcher(Files.readString(RESOLVED))
        .results()
        .forEach(line -> found.add(line.group(1) + (line.group(2) == null ? "" : line.group(2))));
    assertThat(found).hasSizeGreaterThan(20);
    return found;
  }

  private static NavigableSet<String> without(
      NavigableSet<String> these, NavigableSet<String> those) {
    NavigableSet<String> rest = new TreeSet<>(these);
    rest.removeAll(those);
    return rest;
  }
}
