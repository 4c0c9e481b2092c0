package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.cli.DocumentedCommands.Block;
import dev.ltx2.worker.cli.DocumentedCommands.Command;
import dev.ltx2.worker.media.Mp4;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;

/**
 * Every command of the documents is run here, or by what {@link #RUN_BY} names, or says itself what
 * it needs that no test has. Commands in {@code sh} blocks are run as a reader pastes them, by the
 * real launcher; those in running text are held against the command line's grammar.
 */
class DocumentedCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Who runs it, and the words there that do. */
  private record Runner(String file, String words) {}

  private static Runner test(String name, String words) {
    return new Runner(name, words);
  }

  /** By how a command begins, the longest counts. */
  private static final Map<String, Runner> RUN_BY =
      Map.ofEntries(
          Map.entry("scripts/test", new Runner(".ci/run", "scripts/test")),
          Map.entry("scripts/check-image", new Runner(".ci/run", "scripts/check-image")),
          Map.entry("apt-get install", new Runner(".ci/run", "need debootstrap debootstrap")),
          Map.entry(".ci/run", new Runner(".github/workflows/tests.yml", "scripts/test")),
          Map.entry("mvn verify", new Runner("scripts/test", "mvn -B -ntp verify")),
          Map.entry("mvn -q spotless:apply", new Runner("pom.xml", "spotless-maven-plugin")),
          Map.entry("mvn -Plicences package", new Runner("Dockerfile", "-Plicences")),
          Map.entry("scripts/jdk.sh", test("OperationsTest", ". scripts/jdk.sh")),
          Map.entry("scripts/chaos", test("ChaosTest", "scripts/chaos")),
          Map.entry("scripts/worker", test("LauncherTest", "scripts/worker")),
          Map.entry("worker run", test("CommandsTest", "worker(\"run\"")),
          Map.entry("worker plan", test("CommandsTest", "worker(\"plan\"")),
          Map.entry("worker lint", test("CommandsTest", "worker(\"lint\"")),
          Map.entry("worker unsent", test("CommandsTest", "worker(bucket, \"unsent\")")),
          Map.entry("worker local", test("LocalProcess", "\"local\"")),
          Map.entry("worker serve", test("ServeProcess", "\"serve\"")),
          Map.entry("worker models", test("CommandsTest", "\"models\"")),
          Map.entry("worker models check", test("CommandsTest", "\"models\", \"check\"")),
          Map.entry("worker models pull", test("ModelPullTest", "void pull(ModelList list)")),
          Map.entry("worker models lock", test("ModelListTest", ".lock(")),
          Map.entry("worker doctor", test("DocumentedCommandsTest", "scripts/worker doctor")),
          Map.entry("worker help", test("HelpTest", "\"help\"")),
          Map.entry("java scripts/Simulate.java", test("DocumentedCommandsTest", "Simulate.java")),
          Map.entry("source <(scripts/worker completion)", test("HelpTest", "\"completion\"")));

  /** Those of blocks that are not for this test; all others are run by it. */
  private static final Set<String> ELSEWHERE = Set.of("scripts/test", "scripts/worker local");

  /** Exit codes other than 0. */
  private static final Map<String, Integer> CODES =
      // No model is here.
      Map.of("MODEL_SET=ltx-2.3 scripts/worker models check", 1, "scripts/worker models check", 1);

  /** What shows that a command has done its work. */
  private static final Map<String, String> SAID =
      Map.of(
          "scripts/worker run test-fixtures/requests/multiframe-lipsync.json",
          "(?s)100 ?%.*\"engine\" : \"rehearsal\"",
          "curl -s localhost:8000/status/$id",
          "\"status\":\"(IN_QUEUE|IN_PROGRESS|COMPLETED)\"",
          "RUNPOD_ENDPOINT=http://localhost:8000/v2/local RUNPOD_API_KEY=any docs/clients/video.sh"
              + " request.json",
          "http://127.0.0.1:\\d+/files/\\S+mp4",
          "scripts/worker doctor",
          "ok     ffmpeg",
          "scripts/worker run self-test.json",
          "\"healthy\" : true",
          "scripts/worker models check",
          "checkpoints/ltx-2-19b-dev-fp8.safetensors: missing",
          "WORKFLOWS_DIR=my-set scripts/worker plan small.json",
          "cut out of 256x192",
          "WORKFLOWS_DIR=my-set scripts/worker run small.json",
          "\"resolution\" : \"256x148\"");

  @TempDir private Path temp;

  private static List<Block> shells() throws IOException {
    List<Block> blocks = new ArrayList<>();
    for (Path document : DocumentedCommands.documents()) {
      blocks.addAll(DocumentedCommands.blocks(document));
    }
    return blocks.stream().filter(block -> block.label().equals("sh")).toList();
  }

  private static List<Command> inText() throws IOException {
    List<Command> commands = new ArrayList<>();
    for (Path document : DocumentedCommands.documents()) {
      commands.addAll(DocumentedCommands.inText(document));
    }
    return commands;
  }

  @Test
  void aBlockSaysWhatItIs() throws IOException {
    for (Path document : DocumentedCommands.documents()) {
      assertThat(DocumentedCommands.blocks(document))
          .allSatisfy(block ->
              assertThat(block.label())
                  .as(document + ":" + block.line() + ": ```sh for commands, ```text for others")
                  .isIn("sh", "text", "json", "js", "python", "dockerfile"));
    }
  }

  /** One shell a document, in a folder that looks like a clone, pasted block by block. */
  @Test
  void commandsOfBlocksDoWhatTheyPromise() throws Exception {
    try (PastedCommands shell = new PastedCommands(temp)) {
      Map<Path, List<Command>> byDocument =
          shells().stream()
              .flatMap(block -> block.commands().stream())
              .filter(command -> command.needs().isEmpty() && !ELSEWHERE.contains(command.text()))
              .collect(Collectors.groupingBy(Command::file));
      assertThat(byDocument).containsKeys(Path.of("README.md"), Path.of("docs/models.md"));
      boolean curl = DocumentedClient.isHere("curl") && DocumentedClient.isHere("jq");
      List<Path> skipped = new ArrayList<>();
      for (Map.Entry<Path, List<Command>> document : byDocument.entrySet()) {
        if (curl || document.getValue().stream().noneMatch(each -> each.text().contains("curl "))) {
          shell.run(document.getValue(), CODES, SAID);
        } else {
          skipped.add(document.getKey());
        }
      }
      leavesWhatTheReadmeSays(shell.folder().resolve("output/multiframe-lipsync"));
      assumeTrue(skipped.isEmpty(), "curl or jq is not here: only others than " + skipped);
    }
  }

  private static void leavesWhatTheReadmeSays(Path out) throws Exception {
    assertThat(out).isDirectoryContaining("glob:**_ltx2_multiframe_00001-audio.mp4");
    JsonNode plan = JSON.readTree(out.resolve("plan.json").toFile());
    try (Stream<Path> files = Files.list(out)) {
      Path video = files.filter(file -> file.toString().endsWith(".mp4")).findFirst().orElseThrow();
      assertThat(Mp4.measure(video).frames()).isEqualTo(plan.get("delivered_frames").asInt());
    }
    assertThat(JSON.readTree(out.resolve("graph.json").toFile()).size()).isGreaterThan(25);
    assertThat(ImageIO.read(out.resolve("contact-sheet.png").toFile()).getWidth()).isEqualTo(1600);
  }

  @Test
  void whoRunsTheOthersExists() throws IOException {
    Map<String, Path> tests;
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      tests =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .collect(
                  Collectors.toMap(
                      file -> file.getFileName().toString().replace(".java", ""),
                      file -> file,
                      (one, _) -> one));
    }
    for (Runner runner : RUN_BY.values()) {
      Path file = tests.getOrDefault(runner.file(), Path.of(runner.file()));
      assertThat(file).content().as("%s", file).contains(runner.words());
    }
    Set<String> known = new TreeSet<>(ELSEWHERE);
    shells().forEach(block -> block.commands().forEach(command -> known.add(command.text())));
    assertThat(known).containsAll(CODES.keySet()).containsAll(SAID.keySet());
    assertThat(ELSEWHERE).allMatch(command -> runner(command).isPresent());
  }

  @Test
  void commandsOfTheTextAreRunSomewhereOrSayWhatTheyNeed() throws IOException {
    List<Command> commands = inText();
    assertThat(commands).hasSizeGreaterThan(80);
    // What the table of commands says of one holds wherever it is spoken of.
    Set<String> needing =
        commands.stream()
            .filter(command -> command.needs().isPresent())
            .map(command -> plain(command.text()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(commands)
        .allSatisfy(command -> {
          String text = plain(command.text());
          boolean marked =
              text.startsWith("docker ")
                  || needing.stream().anyMatch(known -> first(known).equals(first(text)));
          assertThat(marked || runner(text).isPresent() || namesTests(text))
              .as(
                  "%s: nobody runs `%s`: name who does in RUN_BY, or write \"needs …\" beside it",
                  command.place(), command.text())
              .isTrue();
        });
  }

  private static Optional<Runner> runner(String command) {
    String text = plain(command);
    return RUN_BY.keySet().stream()
        .filter(start -> text.equals(start) || text.startsWith(start + " "))
        .max(Comparator.comparingInt(String::length))
        .map(RUN_BY::get);
  }

  /** Without settings and without what leads to the launcher. */
  private static String plain(String text) {
    return text.replaceFirst("^\\. scripts/jdk\\.sh && ", "")
        .replaceFirst("^(\\w+=\\S+ )+", "")
        .replaceFirst("^(scripts/)?worker ", "worker ")
        .replaceFirst("^(?=models (check|pull|lock)|doctor -)", "worker ");
  }

  /** Program and command. */
  private static String first(String text) {
    return text.replaceFirst("^(worker \\S+|\\S+).*", "$1");
  }

  private static final Pattern TESTS = Pattern.compile("mvn (?:-q )?test -Dtest='?([\\w*,]+)'?.*");

  /** {@code mvn test -Dtest=…}: the classes are there, and the properties are read. */
  private static boolean namesTests(String text) {
    var found = TESTS.matcher(text);
    if (!found.matches()) {
      return false;
    }
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      Map<String, String> sources = new HashMap<>();
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
      for (String name : found.group(1).split(",", -1)) {
        String pattern = name.replace("*", ".*");
        assertThat(sources.keySet()).as(text).anyMatch(each -> each.matches(pattern));
      }
      Pattern.compile("-D(?!test=)([\\w.]+)=true")
          .matcher(text)
          .results()
          .forEach(each ->
              assertThat(sources.values())
                  .as(text)
                  .anyMatch(source -> source.contains('"' + each.group(1) + '"')));
      return true;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * An option that is no longer there, or a command of another name, would be found by a reader.
   */
  @Test
  void theCommandLineUnderstandsThem() throws IOException {
    List<Command> all = new ArrayList<>(inText());
    shells().forEach(block -> all.addAll(block.commands()));
    int parsed = 0;
    for (Command command : all) {
      String text = plain(command.text());
      if (text.startsWith("worker ") && !text.contains("\n")) {
        parsed++;
        assertThat(misunderstood(text.substring(7)))
            .as("%s: `%s`", command.place(), command.text())
            .isEmpty();
      } else if (text.startsWith("scripts/")) {
        Path script = Path.of(first(text));
        assertThat(script).as(command.place()).exists();
        assertThat(script.endsWith("jdk.sh") || Files.isExecutable(script)).isTrue();
      }
    }
    assertThat(parsed).isGreaterThan(50);
    assertThat(misunderstood("run --fast REQUEST.json")).contains("--fast");
    assertThat(misunderstood("paint")).contains("paint");
  }

  /** What the command line says of it; a parameter that is only spoken of may be missing. */
  private static String misunderstood(String documented) {
    String[] words =
        documented
            .replaceAll("[\\[\\]]", "")
            .replaceAll("(?<=\\S)…|\\| ", "")
            .replace("URL", "http://127.0.0.1:1")
            .replace("--port N", "--port 1")
            .replace("COMMAND", "run")
            .split("\\s+");
    CommandLine line = Commands.line().registerConverter(URI.class, URI::create);
    try {
      line.parseArgs(words);
      return "";
    } catch (MissingParameterException e) {
      return "";
    } catch (ParameterException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The simulation's rows are those of the table. */
  @Test
  void theTableOfWorkersIsThatOfTheSimulation() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "scripts/Simulate.java")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    Pattern row = Pattern.compile(" +(\\d+) +(\\d+) +(\\d+) +\\d+ +(\\d+) +\\d+");
    List<String> rows =
        said.lines()
            .map(row::matcher)
            .filter(java.util.regex.Matcher::matches)
            .map(each ->
                "| %s | %s | %s s | %s s |\n"
                    .formatted(each.group(1), each.group(2), each.group(3), each.group(4)))
            .toList();
    assertThat(rows).hasSize(7);
    assertThat(Path.of("docs/operations.md")).content().contains(String.join("", rows));
  }
}
