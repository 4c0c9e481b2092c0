package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.Main;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ChildJvm;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.StorageSettings;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.UploadListener;
import dev.ltx2.worker.storage.VideoStore;
import dev.ltx2.worker.storage.VideoStores;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands' output, files and exit codes. */
class CommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static CommandProcess commands;

  @TempDir private Path temp;

  private record Ended(int code, String out, String err) {
    JsonNode json() throws IOException {
      return JSON.readTree(out);
    }
  }

  @BeforeAll
  static void start() throws IOException {
    commands = new CommandProcess();
  }

  @AfterAll
  static void stop() {
    commands.close();
  }

  private Ended worker(String... args) throws Exception {
    Path out = Files.createTempFile(temp, "out", "");
    Path err = Files.createTempFile(temp, "err", "");
    int code = commands.run(out, err, args);
    return new Ended(code, Files.readString(out), Files.readString(err));
  }

  /** A process of its own, since settings are a process's variables. */
  private Ended worker(Map<String, String> settings, String... args) throws Exception {
    File out = Files.createTempFile(temp, "out", "").toFile();
    File err = Files.createTempFile(temp, "err", "").toFile();
    ProcessBuilder builder =
        ChildJvm.of(Main.class, List.of(args)).redirectOutput(out).redirectError(err);
    builder.environment().putAll(settings);
    Process process = builder.start();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    return new Ended(
        process.exitValue(),
        Files.readString(out.toPath()),
        Files.readString(err.toPath(), StandardCharsets.UTF_8));
  }

  private Path request(String fixture, int width, int height) throws IOException {
    Path original = Path.of("test-fixtures/requests", fixture + ".json");
    ObjectNode request = (ObjectNode) JSON.readTree(original.toFile());
    ObjectNode input = request.has("input") ? (ObjectNode) request.get("input") : request;
    input.put("width", width).put("height", height).put("steps", 2);
    String absolute = Path.of("test-fixtures/media").toAbsolutePath() + "/";
    Path file = temp.resolve(fixture + ".json");
    Files.writeString(file, request.toString().replace("../media/", absolute));
    return file;
  }

  @Test
  void verifyWithoutComfyUiAsksWhich() {
    assertThat(Commands.execute("verify")).isEqualTo(2);
    assertThat(Commands.execute("verify", "--gpu", "--sizes", "large")).isEqualTo(2);
  }

  /** Sides that stay black are told in the answer, on stderr and on the contact sheet. */
  @Test
  void runTellsWhatTheImageLoses() throws Exception {
    Path out = temp.resolve("upright");
    Path request = request("audio-gen", 128, 256);
    Ended run = worker("run", request.toString(), "--out", out.toString());
    assertThat(run.code()).as(run.err()).isZero();
    String warning = run.json().at("/output/details/warnings/0").asText();
    assertThat(warning).startsWith("image_url has ").contains(" % of the video stays black");
    assertThat(run.err()).contains("warning: " + warning + "\n");
    assertThat(JSON.readTree(out.resolve("plan.json").toFile()).at("/warnings/0").asText())
        .isEqualTo(warning);
  }

  @Test
  void aTerminalGetsABar() throws Exception {
    Ended run =
        worker(
            Map.of("JAVA_TOOL_OPTIONS", "-Dworker.terminal=true"),
            "run",
            request("audio-gen", 64, 64).toString(),
            "--out",
            temp.resolve("bar").toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("100/100").doesNotContain("sun.misc.Unsafe");
  }

  @Test
  void aFailedJobIsAnAnswerWithCodeOne() throws Exception {
    Path file = temp.resolve("bad.json");
    Files.writeString(file, "{\"input\":{\"image_url\":\"x.png\",\"duration\":0.5,\"fps\":99}}");
    Ended run = worker("run", file.toString(), "--out", temp.resolve("bad").toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().get("status").asText()).isEqualTo("error");
    assertThat(run.json().get("code").asText()).isEqualTo("INVALID_INPUT");
    assertThat(run.json().get("error").asText())
        .startsWith("Duration must be at least 1 second")
        .contains("fps must be");
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void aMissingInputNamesTheFile() throws Exception {
    Path file = temp.resolve("missing.json");
    Files.writeString(file, "{\"image_url\":\"nowhere.png\",\"duration\":2}");
    Ended run = worker("run", file.toString(), "--out", temp.resolve("missing").toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.json().get("error").asText()).startsWith("Failed to download image: ");
    assertThat(run.json().get("code").asText()).isEqualTo("INPUT_DOWNLOAD_FAILED");
  }

  @Test
  void settingsAndFoldersThatCannotBeUsedAreCodeTwo() throws Exception {
    String request = request("audio-gen", 64, 64).toString();
    String file = Files.writeString(temp.resolve("file"), "").toString();
    List<Ended> refused =
        List.of(
            worker("run", request, "--out", file),
            worker("plan", request, "--svg", file + "/plan.svg"),
            worker(Map.of("WORKFLOWS_DIR", file), "run", request),
            worker(Map.of("WORKFLOWS_DIR", file), "lint"),
            worker(Map.of("MODEL_SET", "ltx-9"), "plan", request),
            worker(Map.of("COMFYUI_DIR", file), "run", request),
            worker(Map.of("ENGINE", "comfyui"), "run", request));
    assertThat(refused)
        .allSatisfy(ended -> {
          assertThat(ended.code()).isEqualTo(2);
          assertThat(ended.out()).isEmpty();
          assertThat(ended.err()).startsWith("worker: ").doesNotContain("\tat ").hasLineCount(1);
        });
    assertThat(refused)
        .extracting(Ended::err)
        .satisfiesExactly(
            err -> assertThat(err).contains(file + " cannot be made: a file is in the way"),
            err -> assertThat(err).contains("--svg " + file + "/plan.svg cannot be written"),
            err -> assertThat(err).contains("WORKFLOWS_DIR=" + file + ": there is no such folder"),
            err -> assertThat(err).contains("WORKFLOWS_DIR=" + file + ": there is no such folder"),
            err ->
                assertThat(err).contains("MODEL_SET=ltx-9: there is no folder ", "ltx-2.3-single"),
            err -> assertThat(err).contains("COMFYUI_DIR: there is no main.py in " + file),
            err -> assertThat(err).contains("set COMFYUI_URL or COMFYUI_DIR"));
  }

  @Test
  void whatMadeNothingLeavesNoFolder() throws Exception {
    Path bad = Files.writeString(temp.resolve("bad.json"), "[");
    Path missing =
        Files.writeString(temp.resolve("gone.json"), "{\"image_url\":\"no.png\",\"duration\":2}");
    Path there = Files.createDirectory(temp.resolve("there"));
    assertThat(worker("run", bad.toString(), "--out", temp + "/new/bad").code()).isEqualTo(1);
    assertThat(worker("run", missing.toString(), "--out", temp + "/new/gone").code()).isEqualTo(1);
    assertThat(worker("run", missing.toString(), "--out", there.toString()).code()).isEqualTo(1);
    assertThat(temp.resolve("new")).doesNotExist();
    assertThat(there).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({
    "x.json, x",
    "X.JSON, X",
    "a.b.Json, a.b",
    "noending, noending",
    ".json, request",
    "...json, request",
    "..x.json, x",
    "json, json",
  })
  void aRequestsNameNamesItsFolder(String file, String stem) {
    assertThat(new RequestFile(Path.of("folder", file)).stem()).isEqualTo(stem);
  }

  @Test
  void aPlanThatFailsNamesItsRequest() throws Exception {
    Path bad = Files.writeString(temp.resolve("bad.json"), "[]");
    Ended text = worker("plan", bad.toString());
    assertThat(text.code()).isEqualTo(1);
    assertThat(text.err())
        .isEqualTo("worker: " + bad + ": The request must be a JSON object, got an array\n");
    Ended lines = worker("plan", bad.toString(), request("audio-gen", 640, 480).toString());
    assertThat(lines.code()).isEqualTo(1);
    assertThat(lines.out().lines()).hasSize(2);
    assertThat(JSON.readTree(lines.out()).get("request").asText()).isEqualTo(bad.toString());
  }

  /** Images of this machine are looked at, those on servers are not. */
  @Test
  void planLooksForImages() throws Exception {
    Path media = Path.of("test-fixtures/media").toAbsolutePath();
    Path upright =
        Files.writeString(
            temp.resolve("upright.json"),
            """
            {"duration": 2, "width": 736, "height": 1280, "keyframes": [
              {"image_url": "%s/keyframe-1.jpg"}, {"image_url": "https://e.org/b.png"},
              {"image_url": "%s/keyframe-2.jpg", "fit": "crop"}]}\
            """
                .formatted(media, media));
    Ended text = worker("plan", upright.toString());
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out())
        .contains("warning: keyframes[0].image_url has ", " % of the video stays black")
        .contains("warning: keyframes[2].image_url has ", " % of the image is cut away")
        .endsWith("not fetched: keyframes[1].image_url: shape and content are not known\n");
    JsonNode json = worker("plan", upright.toString(), "--json", "--graph").json();
    assertThat(json.get("not_fetched").toString()).isEqualTo("[\"keyframes[1].image_url\"]");
    assertThat(json.at("/graph").has("image_cropped_3")).isTrue();
    assertThat(json.at("/graph").has("image_cropped_1")).isFalse();

    Path missing =
        Files.writeString(
            temp.resolve("missing.json"), "{\"image_url\": \"no.png\", \"duration\": 2}");
    Ended none = worker("plan", missing.toString());
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).contains("Failed to download image: there is no such file");
  }

  @Test
  void modelsCheckSaysWhereItSearched() throws Exception {
    Ended ended = worker("models", "check", "--quick", "--dir", temp.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out())
        .contains("checkpoints/ltx-2-19b-dev-fp8.safetensors: missing")
        .endsWith("\nsearched: %s, %s/hub (no such folder)\n".formatted(temp, temp));
    assertThat(ended.out())
        .as("the chosen set's files alone, and who else needs them")
        .contains("dolly-in.safetensors: missing; of ltx-2, ltx-2-two-stage\n")
        .doesNotContain("upscaler");
    Ended other =
        worker("models", "check", "--quick", "--set", "ltx-2.5-single", "--dir", temp.toString());
    assertThat(other.out().lines()).hasSize(5);
    assertThat(other.out())
        .contains("vae/ltx-2.5-audio-vae-bf16.safetensors: missing; of ltx-2.5, ltx-2.5-single\n");
    Ended unknown = worker("models", "check", "--set", "ltx-9");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("MODEL_SET=ltx-9: there is no folder", "(there are: ltx-2, ");
    Path empty = Files.writeString(temp.resolve("empty.txt"), "# nothing\n");
    Ended none = worker("models", "check", "--list", empty.toString());
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).contains("empty.txt names no file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|Which command?",
        "fly|Unmatched argument",
        "lnit|Did you mean lint?",
        "plan pom.xml --jsn|Did you mean --json?",
        "run|REQUEST.json",
        "run nowhere.json|There is no file nowhere.json",
        "plan nowhere.json|There is no file nowhere.json",
        "lint nowhere.json|There is no file nowhere.json",
        "models check --list nowhere.txt|There is no file nowhere.txt",
        "models pull --dir target --hub ftp://mirror|Invalid value for option '--hub'",
        "run src|\"src\" is a folder, not a file",
        "plan /dev/null|/dev/null is not a regular file",
        "run pom.xml --comfyui|--comfyui",
      })
  void usageErrorsAreCodeTwo(String line, String message) throws Exception {
    Ended ended = worker(line == null ? new String[0] : line.split(" "));
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).contains(message).doesNotContain("\tat ");
    if (line == null) {
      assertThat(ended.err()).contains("Usage:", "plan", "doctor");
    } else {
      assertThat(ended.err()).startsWith("worker: ").doesNotContain("Usage:");
      assertThat(ended.err().lines()).hasSizeBetween(2, 3);
      assertThat(ended.err().strip().lines().toList().getLast())
          .startsWith("worker " + line.replaceFirst(" .*", "").replaceFirst("fly|lnit", "").strip())
          .endsWith("--help tells what it takes");
    }
  }

  @Test
  void planSpeaksTextJsonLinesAndSvg() throws Exception {
    String trim = request("multiframe-lipsync", 1280, 736).toString();
    Ended text = worker("plan", trim);
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out()).contains("guide", "keyframe 3", "delivered", "|1=");
    Path svg = temp.resolve("plan.svg");
    Ended json = worker("plan", trim, "--json", "--svg", svg.toString());
    assertThat(json.json().get("mode").asText()).isEqualTo("3a");
    assertThat(json.err()).contains("The timeline is drawn in " + svg);
    assertThat(Files.readString(svg)).startsWith("<svg").contains("K1 ×1.0").contains("content");
    Ended lines = worker("plan", trim, request("audio-gen", 640, 480).toString());
    assertThat(lines.out().lines()).hasSize(2);
    Ended graph = worker("plan", trim, "--graph");
    assertThat(graph.json().size()).isGreaterThan(25);
    JsonNode both = worker("plan", trim, "--json", "--graph").json();
    assertThat(both.get("mode").asText()).isEqualTo("3a");
    assertThat(both.get("graph").size()).isEqualTo(graph.json().size());
  }

  /** What answers nothing but a question leaves nothing, and a self-test has no plan. */
  @Test
  void whatOnlyAsksMakesNoFolders() throws Exception {
    Path made = temp.resolve("new");
    Map<String, String> folders =
        Map.of("OUTPUT_DIR", made + "/output", "KEEP_DIR", made + "/unsent");
    Ended doctor = worker(folders, "doctor", "--models", temp.toString());
    assertThat(doctor.out()).contains("write to OUTPUT_DIR " + made + "/output");
    assertThat(made).doesNotExist();
    Path test = Files.writeString(temp.resolve("test.json"), "{\"self_test\": true}");
    Ended plan = worker("plan", test.toString());
    assertThat(plan.code()).isEqualTo(2);
    assertThat(plan.err()).contains("has no plan; answer it by: worker run " + test);
  }

  @Test
  void unsentSendsWhatWasKept() throws Exception {
    try (FakeGcs gcs = FakeGcs.start()) {
      Map<String, String> bucket =
          Map.of(
              "GCS_BUCKET", "videos",
              "STORAGE_EMULATOR_HOST", gcs.url().toString(),
              "KEEP_DIR", temp.resolve("keep").toString());
      assertThat(worker(bucket, "unsent").out()).startsWith("nothing waits in ");

      Path video = temp.resolve("film.mp4");
      Files.write(video, new byte[11_000_000]);
      gcs.fail(FakeGcs.On.START, 403, 1);
      VideoStore store = VideoStores.of(StorageSettings.from(bucket), Clock.SYSTEM);
      assertThatThrownBy(
              () -> store.store("big", video, "a.mp4", new Target.None(), UploadListener.NONE))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("kept");
      Map<String, String> none = Map.of("KEEP_DIR", bucket.get("KEEP_DIR"));
      assertThat(worker(none, "unsent", "--list").out()).contains("job big, 11000000 bytes");
      assertThat(gcs.objects()).isEmpty();

      Ended sent = worker(bucket, "unsent");
      assertThat(sent.code()).as(sent.err()).isZero();
      assertThat(sent.out()).contains("sent to gs://videos/ugc_media/big/ltx2_videos/a.mp4");
      assertThat(gcs.objects()).containsOnlyKeys("ugc_media/big/ltx2_videos/a.mp4");
      assertThat(worker(bucket, "unsent").out()).startsWith("nothing waits in ");
    }
    Ended unset = worker("unsent");
    assertThat(unset.code()).isEqualTo(2);
    assertThat(unset.err()).contains("GCS_BUCKET must be set");
  }

  @Test
  void lintTellsWhatAGraphMakesNothingOf() throws Exception {
    ObjectNode own = (ObjectNode) JSON.readTree(Path.of("workflows/ltx-2/lipsync.json").toFile());
    for (String id : List.of("sigmas", "camera", "negative")) {
      ((ObjectNode) own.path(id).path("_meta")).remove("bind");
    }
    ((ObjectNode) own.path("latent").path("_meta").path("bind")).remove("width");
    Path file = Files.writeString(temp.resolve("own.json"), own.toString());
    Path editor = Files.writeString(temp.resolve("editor.json"), "{\"nodes\": [], \"links\": []}");
    Ended ended = worker("lint", file.toString(), editor.toString());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out().lines())
        .containsExactly(
            file + ": good, " + own.size() + " nodes",
            file
                + ": warning: node 'latent' (EmptyLTXVLatentVideo), input 'width': is 1280 for every"
                + " request: bind it",
            file
                + ": warning: nothing is bound to prompt_negative, steps, lora_camera: what requests"
                + " say of it has no effect",
            editor
                + ": saved by ComfyUI's editor for itself: open it there and save it with \"Export"
                + " (API)\"");
  }

  /** What one graph lacks is told once and at once, and so is a file that nobody could fetch. */
  @Test
  void lintTellsEachFaultOfASetOnce() throws Exception {
    Path set = Files.createDirectory(temp.resolve("own"));
    for (String file :
        List.of("lipsync", "audio-gen", "multiframe-lipsync", "multiframe-audio-gen")) {
      Files.copy(Path.of("workflows/ltx-2", file + ".json"), set.resolve(file + ".json"));
    }
    String description = Files.readString(Path.of("workflows/ltx-2/set.json"));
    Files.writeString(
        set.resolve("set.json"), description.replace("detailer.safetensors", "other.safetensors"));
    Map<String, String> own = Map.of("WORKFLOWS_DIR", set.toString());
    Ended files = worker(own, "lint");
    assertThat(files.code()).isEqualTo(1);
    assertThat(files.out())
        .contains("lacks loras/ltx-2-19b-ic-lora-other.safetensors, which model set own needs");
    Path graph = set.resolve("audio-gen.json");
    Files.writeString(
        graph,
        Files.readString(graph)
            .replace("\"seed\"", "\"steps\"")
            .replace("{\"fps\": \"fps\"}", "{}")
            .replace("VAEDecodeTiled", "No"));
    Ended broken = worker(own, "lint");
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.out())
        .containsOnlyOnce("audio-gen.json: no node binds ")
        .containsOnlyOnce("'No'");
    assertThat(worker(own, "doctor").out()).containsOnlyOnce("audio-gen.json: no node binds ");
  }

  @Test
  void lintChecksTheModelSet() throws Exception {
    Ended good = worker("lint");
    assertThat(good.code()).as(good.out()).isZero();
    assertThat(good.out().lines()).hasSize(5).allMatch(line -> line.contains(": good, "));
    Ended single = worker(Map.of("MODEL_SET", "ltx-2.5-single"), "lint");
    assertThat(single.out().lines()).hasSize(3);
    assertThat(single.out())
        .endsWith("model set ltx-2.5-single: good, LTX-2.5 22B, keyframes in one stage\n");
    Ended filled =
        worker(
            "lint",
            "test-fixtures/golden/multiframe-lipsync.json",
            "test-fixtures/golden/audio-gen.json");
    assertThat(filled.code()).as(filled.out()).isZero();
    assertThat(filled.out().lines())
        .hasSize(2)
        .allMatch(line -> line.contains(": sound for ComfyUI, "))
        .allMatch(line -> line.contains("not yet a graph of this worker"));
    Path broken = temp.resolve("broken.json");
    Files.writeString(
        broken,
        Files.readString(Path.of("workflows/ltx-2/lipsync.json")).replace("VAEDecodeTiled", "No"));
    Ended bad = worker("lint", broken.toString());
    assertThat(bad.code()).isEqualTo(1);
    assertThat(bad.out()).contains("broken.json").contains("No");
    Path deep = Files.writeString(temp.resolve("deep.json"), "[".repeat(5000));
    Path bytes = Files.write(temp.resolve("bytes.json"), new byte[] {(byte) 0xff, 0, 1});
    Ended neither = worker("lint", deep.toString(), bytes.toString());
    assertThat(neither.code()).isEqualTo(1);
    assertThat(neither.out())
        .contains("deep.json: not a graph: nested too deeply")
        .contains("bytes.json: not JSON: it is not UTF-8 text");
  }
}
