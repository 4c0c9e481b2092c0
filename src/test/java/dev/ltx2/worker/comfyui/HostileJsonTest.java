package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.WrongTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ComfyUI, or a custom node in it, that writes anything anywhere into its JSON. */
class HostileJsonTest {
  private static final String GRAPH =
      """
      {"pos": {"class_type": "CLIPTextEncode", "inputs": {}, "_meta": {"title": "Positive"}},
       "ks": {"class_type": "KSampler", "inputs": {}}}
      """;

  private static final List<String> FRAMES =
      List.of(
          "{'type':'execution_cached','data':{'prompt_id':'p','nodes':['pos','ks']}}",
          "{'type':'executing','data':{'prompt_id':'p','node':'ks'}}",
          "{'type':'executed','data':{'prompt_id':'p','node':'ks','output':{}}}",
          "{'type':'progress','data':{'prompt_id':'p','node':'ks','value':1,'max':4}}",
          "{'type':'execution_error','data':{'prompt_id':'p','node_id':'ks'}}",
          "{'type':'status','data':{'status':{'exec_info':{'queue_remaining':0}}}}");

  private static final String ENTRY =
      """
      {"outputs": {"save": {"images": [{"filename": "v.mp4", "subfolder": "jobs/a",
         "type": "output"}], "animated": [true]}},
       "status": {"status_str": "success", "messages": [["execution_start", {}], ["execution_error",
         {"node_id": "ks", "exception_type": "E", "exception_message": "text"}]]}}
      """;

  private static final String REJECTION =
      """
      {"error": {"type": "t", "message": "m", "extra_info": {"node_id": "ks", "class_type": "K"}},
       "node_errors": {"pos": {"errors": [{"type": "value_not_in_list", "message": "m",
         "details": "text: x", "extra_info": {"input_name": "text", "received_value": 5}}]}}}
      """;

  @TempDir Path dir;

  private static GraphNodes nodes() throws IOException {
    return new GraphNodes((ObjectNode) ComfyUiHttp.JSON.readTree(GRAPH));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":5}",
        "{\"type\":null}",
        "{\"type\":{\"type\":\"executing\"}}",
        "{\"type\":[]}",
        "{\"type\":\"executing\",\"data\":null}",
        "{\"type\":\"executing\",\"data\":{\"prompt_id\":null,\"node\":null}}",
        "{\"type\":\"progress\",\"data\":[1]}",
        "{}",
        "[]",
        "null",
        "5"
      })
  void aFrameOfWrongTypesIsNone(String frame) throws IOException {
    assertThat(PromptEvent.of(frame)).isEmpty();
  }

  @Test
  void anyFrameIsAnEventOrNone() throws IOException {
    Random random = new Random(20260309);
    PromptProgress meter =
        new PromptProgress(
            nodes(), (fraction, step, steps, node) -> inRange(fraction), Clock.SYSTEM);
    int events = 0;
    for (int i = 0; i < 5000; i++) {
      JsonNode frame = ComfyUiHttp.JSON.readTree(FRAMES.get(i % FRAMES.size()).replace('\'', '"'));
      WrongTypes.put(frame, random);
      Optional<PromptEvent.OfPrompt> event = PromptEvent.of(frame.toString());
      event.ifPresent(meter::hear);
      events += event.isPresent() ? 1 : 0;
    }
    assertThat(events).isBetween(500, 4500);
  }

  private static void inRange(double fraction) {
    assertThat(fraction).isBetween(0.0, 1.0);
  }

  @Test
  void anyHistoryIsAnEnd() throws IOException {
    Random random = new Random(20260310);
    for (int i = 0; i < 5000; i++) {
      JsonNode entry =
          ComfyUiHttp.JSON.readTree(i % 2 == 0 ? ENTRY : ENTRY.replace("success", "error"));
      WrongTypes.put(entry, random);
      switch (PromptOutcome.of(entry, nodes())) {
        case PromptOutcome.Success success -> fetch(success.outputs());
        case PromptOutcome.Failure failure -> assertThat(failure.message()).startsWith("ComfyUI ");
        case PromptOutcome.Interrupted _, PromptOutcome.Vanished _ -> {}
      }
    }
  }

  /** Without shared folders nothing is asked of the server: the names alone are read. */
  private static void fetch(JsonNode outputs) {
    try {
      OutputFile.single(outputs, ".mp4", "jobs/a")
          .ifPresent(output -> assertThat(output.filename()).endsWith(".mp4"));
    } catch (ComfyUiException e) {
      assertThat(e.getMessage()).startsWith("ComfyUI ");
    }
  }

  @Test
  void anyRejectionIsAText() throws IOException {
    Random random = new Random(20260311);
    for (int i = 0; i < 5000; i++) {
      JsonNode answer = ComfyUiHttp.JSON.readTree(REJECTION);
      WrongTypes.put(answer, random);
      WrongTypes.put(answer, random);
      assertThat(Rejection.text(answer, nodes())).startsWith("ComfyUI rejected the graph: ");
    }
  }

  @Test
  void theSocketOutlivesWrongFrames() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.send("{\"type\":5}");
          play.send("{\"type\":\"executing\",\"data\":[null]}");
          play.event("progress", "\"value\": 1, \"max\": 2, \"node\": \"ks\"");
          play.succeed();
        };
    // A frozen clock: nothing but its events makes the client ask.
    try (Lab lab = new Lab(dir, ManualTime.frozen(), script)) {
      assertThat(lab.start(lab.prompt("a")).get().video()).exists();
      assertThat(lab.heard).extracting(Lab.Heard::step).contains(1);
      assertThat(lab.server.connects).hasValue(1);
    }
  }

  /** Such a file cannot be in the shared folder; by HTTP it is not found. */
  @Test
  void aNameThatIsNoPathIsAnErrorOfComfyUi() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          String video = play.video().replace("video_00001_", "v\\u0000");
          play.endWith("success", "execution_success", "", video);
          play.event("execution_success", "");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, Optional.of(dir), script)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .isInstanceOf(ComfyUiException.class)
          .hasMessageStartingWith("Result v");
    }
  }

  @Test
  void aHistoryEntryThatIsNoObjectIsNone() throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.end(ComfyUiHttp.JSON.getNodeFactory().nullNode());
        };
    try (Lab lab =
        new Lab(
            dir,
            Clock.SYSTEM,
            script,
            play -> {
              play.accept();
              play.succeed();
            })) {
      assertThat(lab.run(lab.prompt("a")).attempts()).isEqualTo(2);
    }
  }
}
