package dev.ltx2.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The names of classes that the documents send a reader to. */
class DocumentsTest {
  private static final Path MAIN = Path.of("src/main/java/dev/ltx2/worker");
  private static final Path TESTS = Path.of("src/test/java");

  /** {@code request/RequestParser} or {@code request.GenerationRequest}, also in a drawing. */
  private static final Pattern CLASS =
      Pattern.compile("(?<![\\w./-])(?!sun\\.)((?:[a-z]+[./])+[A-Z]\\w++)(?![*/-]|\\.\\w)");

  private static final Pattern TEST_CLASS = Pattern.compile("`([A-Z]\\w+Test)[`#]");

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      return Stream.concat(
          Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md").map(Path::of),
          docs.filter(Files::isRegularFile).sorted().toList().stream());
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void classesAreWhereTheDocumentSays(Path document) throws IOException {
    assertThat(found(CLASS, document))
        .allSatisfy(
            name -> assertThat(MAIN.resolve(name.replace('.', '/') + ".java")).as(name).exists());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void testsThatAreNamedExist(Path document) throws IOException {
    Set<String> tests;
    try (Stream<Path> files = Files.walk(TESTS)) {
      tests =
          files
              .map(file -> file.getFileName().toString().replace(".java", ""))
              .collect(Collectors.toSet());
    }
    assertThat(tests).containsAll(found(TEST_CLASS, document));
  }

  @Test
  void theyNameThem() throws IOException {
    assertThat(found(CLASS, Path.of("README.md")))
        .contains("request.GenerationRequest", "rehearsal/ltx/LtxNodes");
    assertThat(found(TEST_CLASS, Path.of("docs/security.md"))).contains("AddressGuardTest");
  }

  private static Set<String> found(Pattern pattern, Path document) throws IOException {
    return pattern
        .matcher(Files.readString(document))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
