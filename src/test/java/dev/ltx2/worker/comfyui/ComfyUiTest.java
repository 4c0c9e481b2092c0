package dev.ltx2.worker.comfyui;

import static dev.ltx2.worker.comfyui.Lab.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's side of the protocol, over real sockets. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ComfyUiTest {
  @TempDir Path dir;

  @Test
  void inputsGoInBeforeThePromptUnderItsOwnId() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM, SUCCESS)) {
      lab.run(lab.prompt("a", lab.input("a", "face.png"), lab.input("a", "voice.mp3")));
      assertThat(lab.server.calls.subList(0, 2))
          .containsExactly("UPLOAD jobs/a/face.png", "UPLOAD jobs/a/voice.mp3");
      assertThat(lab.server.uploads.get("jobs/a/face.png"))
          .asString()
          .isEqualTo("bytes of face.png");
      assertThat(lab.server.plays.getFirst().id)
          .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
      assertThat(lab.server.calls.getLast())
          .isEqualTo(
              "POST /history {\"delete\":[\"%s\"]}".formatted(lab.server.plays.getFirst().id));
    }
  }

  @Test
  void anInputStoredUnderAnotherNameIsRefused() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM)) {
      lab.server.storedNamePrefix = "x%20";
      assertThatThrownBy(() -> lab.run(lab.prompt("a", lab.input("a", "y.png"))))
          .hasMessage("ComfyUI stored the input jobs/a/y.png as jobs/a/x%20y.png");
      assertThat(lab.server.plays).isEmpty();
    }
  }

  @Test
  void namesThatComfyUiWouldChangeAreRefused() {
    for (String name : List.of("jobs/a/x y.png", "jobs/b/x.png", "jobs/a/../x.png", "x.png")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              new Prompt(
                  "a",
                  ComfyUiHttp.JSON.createObjectNode(),
                  List.of(new Prompt.Upload(dir, name)),
                  List.of(),
                  Lab.LIMIT))
          .withMessageContaining(name);
    }
    for (String job : List.of("..", "a/b", "", "a b")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              new Prompt(
                  job, ComfyUiHttp.JSON.createObjectNode(), List.of(), List.of(), Lab.LIMIT));
    }
  }

  @Test
  void theEndIsNoticedByItsEvent() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.event("executing", "\"node\": \"ks\"");
          play.succeed();
        };
    // A frozen clock: without its event nothing would ever make it ask.
    try (Lab lab = new Lab(dir, ManualTime.frozen(), SUCCESS, script)) {
      lab.run(lab.prompt("warm"));
      assertThat(lab.start(lab.prompt("a")).get().video()).exists();
    }
  }

  @Test
  void eventsMayComeBeforeTheAnswer() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.event("execution_start", "");
          play.event("progress", "\"value\": 1, \"max\": 2, \"node\": \"ks\"");
          play.succeed();
          play.accept();
        };
    // A frozen clock: without the early events nothing would ever make it ask.
    try (Lab lab = new Lab(dir, ManualTime.frozen(), script)) {
      assertThat(lab.start(lab.prompt("a")).get().video()).exists();
      assertThat(lab.heard).contains(new Lab.Heard(0.85 / 2, 1, 2, "Sample"));
    }
  }

  @Test
  void otherPromptsAndGiantFramesPassBy() throws Exception {
    CountDownLatch passed = new CountDownLatch(1);
    String giant = "\"x\": {\"state\": \"" + "r".repeat(3 << 20) + "\"}";
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.event("executing", "\"node\": \"ks\"");
          for (String type : List.of("execution_success", "execution_error", "progress")) {
            play.send(
                """
                {"type": "%s", "data": {"prompt_id": "other", "value": 9, "max": 9, "node": "ks"}}
                """
                    .formatted(type));
          }
          play.send("{\"type\": \"executing\", \"data\": {\"node\": \"ks\"}}");
          play.send("not JSON");
          play.binary(new byte[4 << 20]);
          play.event("progress_state", "\"nodes\": {" + giant + "}");
          play.event("progress", "\"value\": 1, \"max\": 2, \"node\": \"ks\"");
          passed.await();
          play.succeed();
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.heard.stream().anyMatch(h -> h.step() == 1));
      passed.countDown();
      running.get();
      assertThat(lab.heard).extracting(Lab.Heard::step).doesNotContain(9).contains(1);
      assertThat(lab.wire.liveWebSockets()).isEqualTo(1);
      assertThat(lab.heard).extracting(Lab.Heard::fraction).isSorted();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptOfTheThreadCancelsThePrompt(boolean pending) throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.pending = pending;
          play.accept();
          if (play.awaitStop().equals("interrupt")) {
            play.endWith("error", "execution_interrupted", "", "");
            play.event("execution_interrupted", "");
          }
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.server.count("POST /prompt") == 1);
      running.thread.interrupt();
      assertThatThrownBy(running::get).isInstanceOf(InterruptedException.class);
      assertThat(lab.server.plays.getFirst().stopped)
          .isCompletedWithValue(pending ? "delete" : "interrupt");
      assertThat(lab.server.queue).isEmpty();
      Awaitility.await().until(() -> lab.server.count("POST /history") == 1);
      assertThat(lab.server.history).isEmpty();
    }
  }

  @Test
  void aSlowStepDoesNotHoldUpTheCancel() throws Exception {
    CountDownLatch stepEnds = new CountDownLatch(1);
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.awaitStop();
          stepEnds.await();
          play.endWith("error", "execution_interrupted", "", "");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.server.count("POST /prompt") == 1);
      running.thread.interrupt();
      assertThatThrownBy(running::get).isInstanceOf(InterruptedException.class);
      // Its entry appears now and is deleted then.
      stepEnds.countDown();
      Awaitility.await().until(() -> lab.server.count("POST /history") == 1);
      assertThat(lab.server.history).isEmpty();
      assertThat(lab.guard.restarts).isEmpty();
    }
  }

  @Test
  void aTimeoutInTheQueueDeletesThePrompt() throws Exception {
    ManualTime time = ManualTime.frozen();
    ScriptedComfyUi.Script script =
        play -> {
          play.pending = true;
          play.accept();
        };
    try (Lab lab = new Lab(dir, time, script)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.server.count("POST /prompt") == 1);
      time.advance(Lab.LIMIT.plusMillis(1));
      Awaitility.await().until(() -> lab.server.queue.isEmpty());
      running.tick(time, Duration.ofMillis(20));
      assertThat(catchThrowableOfType(ComfyUiException.class, running::get).kind())
          .isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  void aListenerThatThrowsDoesNotLeaveThePromptRunning() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.event("executing", "\"node\": \"ks\"");
          play.awaitStop();
          play.endWith("error", "execution_interrupted", "", "");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      assertThatThrownBy(() ->
              lab.comfyUi.run(
                  lab.prompt("a"),
                  dir,
                  (fraction, step, steps, node) -> {
                    throw new IllegalStateException("listener");
                  }))
          .hasMessage("listener");
      assertThat(lab.server.queue).isEmpty();
      assertThat(lab.server.history).isEmpty();
    }
  }

  @Test
  void sharedFoldersGiveTheFileByPathAndAreCleaned() throws Exception {
    Path shared = dir.resolve("shared");
    for (String folder : List.of("input", "output", "temp")) {
      Files.createDirectories(shared.resolve(folder).resolve("jobs/a/deep"));
      Files.writeString(shared.resolve(folder).resolve("jobs/a/deep/x"), "x");
      Files.createDirectories(shared.resolve(folder).resolve("jobs/b"));
    }
    Files.writeString(shared.resolve("output/jobs/a/video_00001_.mp4"), "by path");
    ScriptedComfyUi.Script failing =
        play -> {
          play.accept();
          play.fail("ValueError", "no");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, Optional.of(shared), SUCCESS, failing)) {
      Generated generated = lab.run(lab.prompt("a"));
      assertThat(Files.readString(generated.video())).isEqualTo("by path");
      assertThat(lab.server.count("GET /view")).isZero();
      Files.createDirectories(shared.resolve("input/jobs/c"));
      assertThatThrownBy(() -> lab.run(lab.prompt("c"))).hasMessageEndingWith("ValueError: no");
      for (String folder : List.of("input", "output", "temp")) {
        assertThat(shared.resolve(folder).resolve("jobs")).isDirectoryContaining("glob:**/b");
        assertThat(shared.resolve(folder).resolve("jobs/a")).doesNotExist();
        assertThat(shared.resolve(folder).resolve("jobs/c")).doesNotExist();
      }
    }
  }

  @Test
  void exactlyOneVideo() throws Exception {
    ScriptedComfyUi.Script none =
        play -> {
          play.accept();
          play.endWith("success", "execution_success", "", "");
          play.event("execution_success", "");
        };
    ScriptedComfyUi.Script two =
        play -> {
          play.accept();
          String video = play.video();
          play.endWith(
              "success", "execution_success", "", video + ", " + video.replace("save", "again"));
          play.event("execution_success", "");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, none, two)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage("ComfyUI ended without a video: no output node wrote an .mp4");
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage("ComfyUI wrote 2 .mp4 files where the graph must write one");
    }
  }

  @Test
  void aStrangersInterruptIsAFailure() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.endWith("error", "execution_interrupted", "", "");
          play.event("execution_interrupted", "");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage("The prompt was interrupted in ComfyUI")
          .extracting("kind")
          .isEqualTo(Kind.FAILED);
    }
  }

  @Test
  void aComfyUiThatIgnoresThePromptIdIsRefused() throws Exception {
    ScriptedComfyUi.Script script =
        play -> play.answer(200, "{\"prompt_id\": \"its-own\", \"node_errors\": {}}");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessageStartingWith("ComfyUI is too old");
      assertThat(lab.server.calls).contains("POST /interrupt {\"prompt_id\":\"its-own\"}");
    }
  }

  @Test
  void errorsDoNotQuoteWhatTheClientWrote() throws Exception {
    ScriptedComfyUi.Script failing =
        play -> {
          play.accept();
          play.fail("KeyError", "'A secret wish' in the KSampler");
        };
    ScriptedComfyUi.Script refusing =
        play ->
            play.answer(
                400,
                """
                {"node_errors": {"pos": {"errors": [{"type": "value_not_in_list",
                  "message": "Value not in list", "details": "sampler: 'a secret\\\\nwish' not in []",
                  "extra_info": {"input_name": "sampler"}}]}}}\
                """);
    try (Lab lab = new Lab(dir, Clock.SYSTEM, failing, refusing)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage("ComfyUI failed in Sample (ks): KeyError: '[…]' in the KSampler");
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessageEndingWith("sampler: Value not in list, '[…]' not in []");
    }
  }

  @Test
  void somethingElseAtTheAddress() throws Exception {
    ScriptedComfyUi.Script html = play -> play.answer(404, "<html>a secret wish</html>");
    ScriptedComfyUi.Script broken = play -> play.answer(500, "a secret wish");
    try (Lab lab = new Lab(dir, Clock.SYSTEM, html, broken)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage(
              "ComfyUI at %s is of no use: its answer 404 to POST /prompt is not a JSON object"
                  .formatted(lab.wire.url()));
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessageEndingWith("it answered 500 to POST /prompt");
    }
  }

  @Test
  void objectInfo() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM)) {
      assertThat(lab.comfyUi.objectInfo().has("SaveVideo")).isTrue();
      assertThat(lab.server.sockets()).isZero();
    }
  }
}
