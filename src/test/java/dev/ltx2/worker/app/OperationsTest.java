package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.process.MemoryLimit;
import dev.ltx2.worker.diagnostics.Diagnosis;
import dev.ltx2.worker.diagnostics.Diagnosis.Severity;
import dev.ltx2.worker.diagnostics.Doctor;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.models.ModelFolders;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What an operator reads and runs, held against the code. */
class OperationsTest {
  private static final Path DOCS = Path.of("docs/operations.md");

  @TempDir private Path temp;

  @Test
  void theTableOfSettingsIsThatOfTheCode() throws IOException {
    StringBuilder table = new StringBuilder("| variable | default | meaning |\n|---|---|---|\n");
    for (Env.Variable variable : Settings.variables()) {
      String fallback = variable.fallback().isEmpty() ? "" : "`" + variable.fallback() + "`";
      table.append("| `%s` | %s | %s |\n".formatted(variable.name(), fallback, variable.meaning()));
    }
    String docs = Files.readString(DOCS);
    Pattern block =
        Pattern.compile("(<!-- settings:[^\n]*-->\n)(.*)(<!-- /settings -->)", Pattern.DOTALL);
    if (Boolean.getBoolean("write.docs")) {
      docs = block.matcher(docs).replaceFirst(found -> quoted(found, table.toString()));
      Files.writeString(DOCS, docs);
    }
    var found = block.matcher(docs);
    assertThat(found.find()).isTrue();
    assertThat(found.group(2)).isEqualTo(table.toString());
  }

  private static String quoted(MatchResult found, String table) {
    return Matcher.quoteReplacement(found.group(1) + table + found.group(3));
  }

  /** A setting, an error code or a status that nobody has would send an operator astray. */
  @Test
  void whatTheTextNamesInCapitalsExists() throws IOException {
    Set<String> known =
        new TreeSet<>(
            Set.of(
                // read by the launcher, by the fetching of models, by the build
                "WORKER_JAVA_OPTS",
                "HF_TOKEN",
                "COMFYUI_BASE",
                "RUNTIME_BASE",
                "COMFYUI_COMMIT",
                // the platform's states of a job
                "IN_QUEUE",
                "IN_PROGRESS",
                "TIMED_OUT",
                // placeholders
                "TOKEN_FILE",
                "PRICE_PER_HOUR"));
    Settings.variables().forEach(variable -> known.add(variable.name()));
    Arrays.stream(ErrorCode.values()).forEach(code -> known.add(code.name()));
    Pattern capitals = Pattern.compile("\\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\\b");
    assertThat(capitals.matcher(Files.readString(DOCS)).results().map(MatchResult::group))
        .filteredOn(name -> !name.matches("(AMPERE|ADA|BLACKWELL)_[0-9]+(_PRO)?"))
        .hasSizeGreaterThan(50)
        .allMatch(known::contains);
  }

  @Test
  void everyPinIsExact() throws IOException {
    String docker = Files.readString(Path.of("Dockerfile"));
    assertThat(docker).containsPattern("COMFYUI_COMMIT=[0-9a-f]{40}\n");
    assertThat(docker.lines().filter(line -> line.startsWith("FROM ")))
        .allMatch(line -> line.matches("FROM \\$\\{\\w+} AS \\w+"));
    assertThat(docker.lines().filter(line -> line.matches("ARG (UBUNTU|BUILD_BASE)=.*")))
        .hasSize(2)
        .allMatch(line -> line.matches("ARG \\w+=[\\w./-]+:[\\w.-]+@sha256:[0-9a-f]{64}"));
    // Nothing is left to pip to choose.
    assertThat(docker.lines().filter(line -> line.contains("pip install")))
        .hasSize(3)
        .allMatch(line -> line.contains(" --no-deps "));
    for (String lock : List.of("requirements", "torch-12.8", "torch-13.0")) {
      assertThat(pins(lock))
          .hasSizeGreaterThan(20)
          .allMatch(line -> line.matches("[\\w.-]+==[\\w.+]+ --hash=sha256:[0-9a-f]{64}"));
    }
    assertThat(pins("unhashed")).hasSize(6).allMatch(line -> line.matches("[\\w.-]+==[\\w.+]+"));
  }

  /** A lock's lines, one a package, its hash behind it. */
  private static List<String> pins(String lock) throws IOException {
    String text = Files.readString(Path.of("image/" + lock + ".lock"));
    List<String> lines =
        text.replaceAll("\\\\\n *", "")
            .lines()
            .filter(line -> !line.isBlank() && !line.matches("(#|--extra-index-url ).*"))
            .toList();
    assertThat(lines)
        .isSortedAccordingTo(Comparator.comparing(OperationsTest::packageName))
        .doesNotHaveDuplicates();
    return lines;
  }

  private static String packageName(String line) {
    return line.replaceFirst("==.*", "").replaceAll("[._-]+", "-").toLowerCase(Locale.ROOT);
  }

  /** A container's locale is C, in which Java finds no file whose name is not ASCII. */
  @Test
  void fileNamesAreReadAsUtf8() throws IOException {
    for (String launcher : List.of("scripts/worker", "image/entrypoint")) {
      assertThat(Files.readString(Path.of(launcher))).contains("\nexport LC_ALL=C.UTF-8\n");
    }
  }

  /** As under cron, or in a container that is started with a bare environment. */
  @Test
  void theLauncherFindsItsJdkWithoutHome() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", "set -eu; . scripts/jdk.sh; echo \"$JAVA_HOME\"");
    builder.environment().remove("HOME");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).isEqualToIgnoringNewLines(System.getProperty("java.home"));
    assertThat(process.waitFor()).isZero();
  }

  private List<Diagnosis> doctor(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("OUTPUT_DIR", temp.toString());
    all.putIfAbsent("KEEP_DIR", temp.resolve("unsent").toString());
    return doctor(all, new MemoryLimit(OptionalLong.empty(), 1L << 40));
  }

  private List<Diagnosis> doctor(Map<String, String> environment, MemoryLimit limit) {
    return Doctor.examine(environment, new ModelFolders(temp, temp, temp), limit);
  }

  private static Diagnosis line(List<Diagnosis> lines, String name) {
    return lines.stream().filter(line -> line.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void theDoctorFindsNothingWrongWithARehearsal() {
    List<Diagnosis> lines = doctor(Map.of("ENGINE", "rehearsal"));
    assertThat(lines).noneMatch(line -> line.severity() == Severity.FAILED);
    assertThat(lines)
        .filteredOn(line -> !line.text().endsWith(".safetensors: missing"))
        .extracting(Diagnosis::name)
        .containsExactly(
            "java",
            "ffmpeg",
            "settings",
            "workflows",
            "comfyui",
            "models",
            "disk",
            "storage",
            "storage",
            "storage",
            "runpod");
    assertThat(line(lines, "storage").text())
        .startsWith("no bucket: neither GCS_BUCKET nor S3_BUCKET is set");
  }

  @Test
  void theDoctorShowsTheContainersMemoryAndWhatFollows() throws IOException {
    Files.createDirectories(temp.resolve("comfy"));
    Files.writeString(
        temp.resolve("comfy/cli_args.py"), "(\"--cache-classic\" \"--disable-pinned-memory\"");
    MemoryLimit limit = new MemoryLimit(OptionalLong.of(48_000_000_000L), 1_000_000_000_000L);
    Map<String, String> started = Map.of("COMFYUI_DIR", temp.toString());
    assertThat(line(doctor(started, limit), "memory").text())
        .isEqualTo(
            "48.0 GB of the machine's 1000.0 GB: ComfyUI is started with --cache-classic"
                + " --disable-pinned-memory");
    assertThat(line(doctor(started), "memory").text())
        .isEqualTo("no limit below the machine's memory");
    Map<String, String> elsewhere = Map.of("COMFYUI_URL", "http://127.0.0.1:1");
    assertThat(line(doctor(elsewhere, limit), "memory").text())
        .isEqualTo(
            "48.0 GB of the machine's 1000.0 GB; a ComfyUI with a limit of its own needs"
                + " --cache-classic");
  }

  @Test
  void theDoctorNamesTheRemedyOfWhatIsMissing() throws IOException {
    List<Diagnosis> lines =
        doctor(
            Map.of(
                "RUNPOD_WEBHOOK_GET_JOB",
                "http://127.0.0.1:1/take/$ID?gpu=x",
                "COMFYUI_DIR",
                temp.toString()));
    assertThat(line(lines, "comfyui").severity()).isEqualTo(Severity.FAILED);
    assertThat(line(lines, "comfyui").text()).contains("set COMFYUI_DIR");
    List<Diagnosis> models = lines.stream().filter(line -> line.name().equals("models")).toList();
    assertThat(models).hasSizeGreaterThan(2).allMatch(Diagnosis::isFailure);
    assertThat(models.getFirst().text())
        .startsWith("checkpoints/ltx-2-19b-dev-fp8.safetensors: missing")
        .doesNotContain(";");
    assertThat(models.getLast().text())
        .startsWith("%1$d of %1$d files to fetch: run models pull".formatted(models.size() - 1))
        .endsWith("searched: " + temp);
    assertThat(line(lines, "runpod").text())
        .contains("RUNPOD_WEBHOOK_POST_OUTPUT", "RUNPOD_AI_API_KEY");
  }

  /** A file system without room, and a folder that is not there. */
  @Test
  @ResourceLock(Resources.SYSTEM_PROPERTIES)
  void theDoctorLooksForRoomForTemporaryFiles() {
    Map<String, String> greedy =
        Map.of("ENGINE", "rehearsal", "MIN_FREE_DISK", Long.toString(1L << 50));
    assertThat(line(doctor(greedy), "disk").severity()).isEqualTo(Severity.FAILED);
    String usual = System.getProperty("java.io.tmpdir");
    try {
      System.setProperty("java.io.tmpdir", temp.resolve("missing").toString());
      assertThat(line(doctor(Map.of("ENGINE", "rehearsal")), "disk").severity())
          .isEqualTo(Severity.FAILED);
    } finally {
      System.setProperty("java.io.tmpdir", usual);
    }
  }

  @Test
  void theDoctorSaysWhatComfyUiLacks() {
    List<Diagnosis> lines = doctor(Map.of("COMFYUI_URL", "http://127.0.0.1:1"));
    assertThat(line(lines, "comfyui").text()).contains("127.0.0.1:1", "correct COMFYUI_URL");
    assertThat(line(doctor(Map.of("ENGINE", "cuda")), "settings").severity())
        .isEqualTo(Severity.FAILED);
  }

  @Test
  void theSelfTestIsAnsweredWithoutModelsAndOtherJobsGoOn() throws Exception {
    SelfTest selfTest =
        new SelfTest(
            (job, _) -> {
              throw new InterruptedException(job.id());
            },
            Map.of(
                "OUTPUT_DIR", temp.toString(),
                "KEEP_DIR", temp.resolve("unsent").toString(),
                "ENGINE", "rehearsal"));
    ObjectMapper json = new ObjectMapper();
    StringWriter text = new StringWriter();
    try (JsonGenerator out = json.createGenerator(text);
        Answer answer =
            selfTest.run(
                new Job("1", json.readTree("{\"self_test\":true}")), ProgressListener.NONE)) {
      answer.writeTo(out);
    }
    assertThat(json.readTree(text.toString()).path("healthy").asBoolean()).isTrue();
    assertThat(json.readTree(text.toString()).path("doctor"))
        .filteredOn(line -> !line.textValue().endsWith(".safetensors: missing"))
        .hasSize(11);
    assertThatThrownBy(
            () -> selfTest.run(new Job("2", json.createObjectNode()), ProgressListener.NONE))
        .isInstanceOf(InterruptedException.class)
        .hasMessage("2");
  }
}
