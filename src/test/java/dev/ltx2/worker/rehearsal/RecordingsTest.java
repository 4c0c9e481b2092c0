package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The graphs of the recordings, posted in the recorded order, are answered as recorded. */
class RecordingsTest {
  @TempDir Path folder;

  @Test
  void answersTheRecordedSessionAsComfyUiDid() throws Exception {
    Graphs.images(folder);
    try (Rehearsal rehearsal = LtxRehearsal.start(folder)) {
      warm(rehearsal);
      replay(rehearsal, "success-multiframe");
      replay(rehearsal, "success-fully-cached");
      replay(rehearsal, "success-partly-cached");
      rejects(rehearsal, "rejected-empty", ObjectNode::removeAll);
      rejects(rehearsal, "rejected-no-outputs", graph -> graph.remove(List.of("save", "asave")));
      rejects(
          rehearsal,
          "rejected-missing-node",
          graph -> ((ObjectNode) graph.path("guide0")).put("class_type", "NoSuchNode"));
      rejects(
          rehearsal,
          "rejected-validation",
          graph -> {
            Graphs.set(graph, "ckpt", "ckpt_name", "missing.safetensors");
            Graphs.set(graph, "img0", "image", "nope.png");
            Graphs.set(graph, "guide0", "strength", 11.0);
            Graphs.inputs(graph, "vid").remove("fps");
          });
      replay(rehearsal, "rejected-link-type");
      replay(rehearsal, "execution-error");
    }
    try (Rehearsal slow =
        LtxRehearsal.start(
            folder,
            InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofMillis(150))),
            Clock.SYSTEM)) {
      run(slow, "success-multiframe");
      run(slow, "execution-error");
      replay(slow, "interrupted");
    }
  }

  /** Leaves what ComfyUI held before the first recording: these results, and these numbers. */
  private void warm(Rehearsal rehearsal) throws Exception {
    ObjectNode graph = Graphs.multiframe();
    Graphs.set(graph, "cond", "frame_rate", 25);
    Graphs.set(graph, "lat", "length", 57);
    Graphs.set(graph, "alat", "frames_number", 26);
    Graphs.set(graph, "noise", "noise_seed", 6);
    for (String node : List.of("img1", "rs1", "pp1", "img2", "rs2", "pp2")) {
      graph.remove(node);
    }
    Graphs.link(graph, "guide1", "image", "pp0", 0);
    Graphs.link(graph, "guide2", "image", "pp0", 0);
    try (Client client = new Client(rehearsal.url())) {
      client.history(client.prompt(graph).body().path("prompt_id").asText());
    }
    Path job = folder.resolve("output/job");
    Files.createFile(job.resolve("audio_00003.flac"));
    Files.createFile(job.resolve("video_00005_.mp4"));
  }

  private static void replay(Rehearsal rehearsal, String name) throws Exception {
    Recording recorded = Recording.read(name);
    Recording own = run(rehearsal, name);
    assertThat(own.status()).as(name).isEqualTo(recorded.status());
    assertThat(Recording.normal(own.answer()))
        .as(name)
        .isEqualTo(Recording.normal(recorded.answer()));
    List<JsonNode> events = Recording.normal(own.events());
    List<JsonNode> expected = Recording.normal(recorded.events());
    assertThat(events.stream().map(RecordingsTest::brief).toList())
        .as(name)
        .isEqualTo(expected.stream().map(RecordingsTest::brief).toList());
    assertThat(events).as(name).isEqualTo(expected);
    assertThat(Recording.normalHistory(own.history()))
        .as(name)
        .isEqualTo(Recording.normalHistory(recorded.history()));
  }

  private static String brief(JsonNode event) {
    String type = event.path("type").asText();
    return type.equals("executing") || type.equals("executed") ? event.toString() : type;
  }

  private static Recording run(Rehearsal rehearsal, String name) throws Exception {
    try (Client client = new Client(rehearsal.url()).connect()) {
      JsonNode greeting = client.event();
      assertThat(greeting.at("/data/sid").asText()).isEqualTo(client.id);
      Client.Answer answer = client.prompt(Recording.read(name).graph());
      List<JsonNode> events = client.untilEnd(event -> interrupt(client, name, event));
      events.addFirst(greeting);
      String id = answer.body().path("prompt_id").asText();
      return new Recording(answer.status(), answer.body(), events, client.history(id));
    }
  }

  private static void interrupt(Client client, String name, JsonNode event) {
    if (name.equals("interrupted") && Client.is(event, "progress")) {
      try {
        client.post("/interrupt", "{}");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void rejects(Rehearsal rehearsal, String name, Consumer<ObjectNode> edit)
      throws Exception {
    Recording recorded = Recording.read(name);
    ObjectNode graph = Graphs.multiframe();
    edit.accept(graph);
    try (Client client = new Client(rehearsal.url())) {
      Client.Answer answer = client.prompt(graph);
      assertThat(answer.status()).as(name).isEqualTo(recorded.status());
      assertThat(Recording.normal(answer.body()))
          .as(name)
          .isEqualTo(Recording.normal(recorded.answer()));
    }
  }
}
