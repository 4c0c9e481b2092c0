package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.workflow.ObjectInfo;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What happens to ComfyUI before the first job, and what a job says of its memory. */
@Timeout(60)
class PreparationTest {
  private static final String LORA = "ltx-2-19b-ic-lora-detailer.safetensors";
  private static final Path MEDIA = Path.of("test-fixtures/media").toAbsolutePath();

  private static final Clock NOW = Clock.SYSTEM;

  @TempDir Path dir;

  private static void remove(JsonNode node, String text) {
    if (node instanceof ArrayNode array) {
      array.removeIf(element -> element.asText().equals(text));
    }
    node.forEach(child -> remove(child, text));
  }

  @Test
  void aMissingModelIsNamedOnceWithItsLine() throws Exception {
    Path models = Files.writeString(dir.resolve("models.txt"), "# models\nloras/" + LORA + " 26\n");
    JsonNode info = ObjectInfo.recorded().json().deepCopy();
    remove(info, LORA);
    Workflows workflows = Workflows.load(Path.of("workflows/ltx-2"));
    assertThat(new WorkflowCheck(models).check(ObjectInfo.of(info), workflows))
        .containsExactly(
            "model %s is missing in ComfyUI's models/loras; models.txt line 2: loras/%s 26"
                .formatted(LORA, LORA));
    assertThat(new WorkflowCheck(dir.resolve("none")).check(ObjectInfo.of(info), workflows))
        .containsExactly("model " + LORA + " is missing in ComfyUI's models/loras");
    assertThat(new WorkflowCheck(models).check(ObjectInfo.recorded(), workflows)).isEmpty();
  }

  @Test
  void aMissingNodeIsNamedWhereItStands() throws Exception {
    ObjectNode info = ObjectInfo.recorded().json().deepCopy();
    info.remove("LTXVCropGuides");
    assertThat(
            new WorkflowCheck(dir.resolve("none"))
                .check(ObjectInfo.of(info), Workflows.load(Path.of("workflows/ltx-2"))))
        .hasSize(2)
        .allMatch(fault -> fault.contains("ComfyUI has no node 'LTXVCropGuides'"))
        .anyMatch(fault -> fault.startsWith("multiframe-lipsync.json: node '"));
  }

  private static VideoGenerator generator(ComfyUi comfyUi) throws Exception {
    return new VideoGenerator(
        "rehearsal",
        Workflows.load(Path.of("workflows/ltx-2")),
        comfyUi,
        Duration.ofMinutes(1),
        Clock.SYSTEM);
  }

  @Test
  void aRunningComfyUiIsAskedWhatItLacks() throws Exception {
    Path folder = set("audio-gen.json", LORA, "nowhere.safetensors");
    try (Rehearsal rehearsal = LtxRehearsal.start(dir);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), Clock.SYSTEM)) {
      assertThat(
              new WorkflowCheck(dir.resolve("none"))
                  .check(comfyUi, Workflows.load(folder), Duration.ofSeconds(30)))
          .containsExactly("model nowhere.safetensors is missing in ComfyUI's models/loras");
    }
  }

  /** The API's own set, with a text of one of its files replaced. */
  private Path set(String file, String text, String other) throws Exception {
    Path folder = Files.createDirectories(dir.resolve("set"));
    try (Stream<Path> files = Files.list(Path.of("workflows/ltx-2"))) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        Files.copy(each, folder.resolve(each.getFileName()));
      }
    }
    String before = Files.readString(folder.resolve(file));
    assertThat(before).contains(text);
    Files.writeString(folder.resolve(file), before.replace(text, other));
    return folder;
  }

  private static WarmUp warmUp(ComfyUi comfyUi, Path set, Duration limit) throws Exception {
    return new WarmUp(comfyUi, Workflows.load(set), limit, NOW, Optional.empty());
  }

  /** It has no image of speech to warm up with. */
  @Test
  void aSetOfSpeechAloneIsNotWarmedUp() throws Exception {
    Path folder = set("set.json", "[\"1\", \"2\", \"3a\", \"3b\"]", "[\"1\"]");
    try (CapturedLogs logs = new CapturedLogs();
        ComfyUi nobody = new ComfyUi(URI.create("http://127.0.0.1:9"), Optional.empty(), NOW)) {
      warmUp(nobody, folder, Duration.ofSeconds(30)).run();
      assertThat(logs.lines()).contains("Warm-up: none, as every mode of set needs speech");
    }
  }

  /** Keyframes serve where a set has nothing else without speech. */
  @ParameterizedTest
  @ValueSource(strings = {"2", "3b"})
  void aSetOfOneModeIsWarmedUpWithIt(String mode) throws Exception {
    Path folder = set("set.json", "[\"1\", \"2\", \"3a\", \"3b\"]", "[\"%s\"]".formatted(mode));
    try (CapturedLogs logs = new CapturedLogs();
        Rehearsal rehearsal = LtxRehearsal.start(dir);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), NOW)) {
      warmUp(comfyUi, folder, Duration.ofSeconds(30)).run();
      assertThat(logs.lines()).anyMatch(line -> line.startsWith("Warm-up: done after "));
    }
  }

  /** The first job would wait for it in vain. */
  @Test
  void aComfyUiThatDoesNotAnswerEndsTheWarmUp() throws Exception {
    try (ComfyUi nobody = new ComfyUi(URI.create("http://127.0.0.1:9"), Optional.empty(), NOW)) {
      WarmUp warmUp = warmUp(nobody, RehearsedJobs.WORKFLOWS, Duration.ofMillis(200));
      ComfyUiException fault = catchThrowableOfType(ComfyUiException.class, warmUp::run);
      assertThat(fault.kind()).isEqualTo(ComfyUiException.Kind.UNAVAILABLE);
    }
  }

  /** The first job meets it again, and its client is told. */
  @Test
  void aWarmUpThatFailsIsOnlyLogged() throws Exception {
    InjectedFaults faults =
        InjectedFaults.of(new InjectedFault.OutOfMemory("SamplerCustomAdvanced", 2));
    try (CapturedLogs logs = new CapturedLogs();
        Rehearsal rehearsal = LtxRehearsal.start(dir, faults, NOW);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), NOW)) {
      warmUp(comfyUi, RehearsedJobs.WORKFLOWS, Duration.ofSeconds(30)).run();
      assertThat(logs.lines())
          .anyMatch(line -> line.startsWith("Warm-up: ComfyUI failed in Sampling"));
    }
  }

  /** One that begins and does not end. */
  @Test
  void aWarmUpThatTakesTooLongIsNoWarmUp() throws Exception {
    InjectedFaults faults = InjectedFaults.of(new InjectedFault.Hang("SamplerCustomAdvanced"));
    try (Rehearsal rehearsal = LtxRehearsal.start(dir, faults, NOW);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), NOW)) {
      WarmUp warmUp = warmUp(comfyUi, RehearsedJobs.WORKFLOWS, Duration.ofSeconds(1));
      ComfyUiException fault = catchThrowableOfType(ComfyUiException.class, warmUp::run);
      assertThat(fault.kind()).isEqualTo(ComfyUiException.Kind.TIMEOUT);
    }
  }

  /** The first job's answer has what the start took; the second's has not. */
  @Test
  void theFirstAnswerTellsOfTheStart() throws Exception {
    StartTimes times = new StartTimes(Clock.SYSTEM, Duration.ZERO);
    AtomicInteger loaded = new AtomicInteger();
    try (Rehearsal rehearsal = LtxRehearsal.start(dir);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), Clock.SYSTEM)) {
      VideoGenerator generator =
          new VideoGenerator(
              "rehearsal",
              Workflows.load(Path.of("workflows/ltx-2")),
              comfyUi,
              Duration.ofMinutes(1),
              Clock.SYSTEM);
      generator.tellStart(times);
      generator.onLoaded(loaded::incrementAndGet);
      VideoJob job = job(generator);
      generator.prepare(new WorkflowCheck(dir.resolve("none")), true);
      JsonNode start = details(job).path("start");
      assertThat(start.properties())
          .extracting(Map.Entry::getKey)
          .containsExactly("workflow_check", "warm_up", "ready", "first_job", "warm_up_by_model");
      assertThat(start.path("ready").asDouble()).isPositive();
      assertThat(loaded.get()).as("by the warm-up and by the job").isEqualTo(2);
      assertThat(details(job).has("start")).isFalse();
    }
  }

  private static JsonNode details(VideoJob job) throws Exception {
    try (VideoResult result = job.run(request(), ProgressListener.NONE)) {
      ObjectMapper json = new ObjectMapper();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator out = json.createGenerator(bytes)) {
        result.writeTo(out);
      }
      return json.readTree(bytes.toByteArray()).at("/output/details");
    }
  }

  private static VideoJob job(VideoGenerator generator) {
    return RehearsedJobs.of(
        Downloads.Options.DEFAULTS.withFiles(MEDIA), generator, RehearsedJobs.UNMOVED);
  }

  private static Job request() {
    ObjectNode input = JsonNodeFactory.instance.objectNode().put("image_url", "portrait.jpg");
    input.put("duration", 2).put("width", 256).put("height", 256).put("fps", 8).put("steps", 2);
    return new Job("a", input);
  }

  @Test
  void theFirstJobWaitsForTheWarmUp() throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(WarmUp.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
    try (Rehearsal rehearsal = LtxRehearsal.start(dir);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), Clock.SYSTEM)) {
      VideoGenerator generator = generator(comfyUi);
      VideoJob job = job(generator);
      generator.prepare(new WorkflowCheck(dir.resolve("none")), true);
      try (VideoResult _ = job.run(request(), ProgressListener.NONE)) {
        List<String> told =
            List.copyOf(lines.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(told).first().isEqualTo("Warm-up: loading the models");
        assertThat(told).anyMatch(line -> line.matches("Warm-up: \\d+%, Sampling"));
        assertThat(told.getLast()).matches("Warm-up: done after \\d+\\.\\d+ s");
      }
      assertThat(dir.resolve("input/jobs")).isEmptyDirectory();
      assertThat(dir.resolve("output/jobs")).isEmptyDirectory();
    } finally {
      log.detachAppender(lines);
      log.setLevel(null);
    }
  }

  @Test
  void outOfMemoryNamesTheSize() throws Exception {
    InjectedFaults faults =
        InjectedFaults.of(new InjectedFault.OutOfMemory("SamplerCustomAdvanced", 2));
    try (Rehearsal rehearsal = LtxRehearsal.start(dir, faults, Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(dir), Clock.SYSTEM)) {
      VideoJob job = job(generator(comfyUi));
      JobFailure failure =
          catchThrowableOfType(JobFailure.class, () -> job.run(request(), ProgressListener.NONE));
      assertThat(failure.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
      assertThat(failure.getMessage())
          .startsWith("ComfyUI failed in Sampling (sampled): ")
          .endsWith(
              "; the request needs 256x256, 25 frames: a smaller size or a shorter video may fit");
      try (VideoResult result = job.run(request(), ProgressListener.NONE)) {
        assertThat(result.stored()).isInstanceOf(Stored.Local.class);
      }
    }
  }
}
