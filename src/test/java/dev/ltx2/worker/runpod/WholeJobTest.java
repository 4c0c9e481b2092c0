package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeRunPod;
import dev.ltx2.worker.fakes.FakeRunPod.Route;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real jobs on the rehearsal, ended in each of their stages. */
@Timeout(60)
class WholeJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(25);

  @TempDir private Path folder;

  private VideoJob job(ComfyUi comfyUi, VideoStore store) throws Exception {
    return RehearsedJobs.of(Downloads.Options.DEFAULTS.withAllowPrivate(true), comfyUi, store);
  }

  private static String input(MockWebServer images) {
    return JSON.createObjectNode()
        .put("image_url", images.url("/portrait.jpg").toString())
        .put("duration", 1)
        .put("width", 128)
        .put("height", 96)
        .put("steps", 2)
        .put("prompt_positive", "a heron")
        .toString();
  }

  private static MockWebServer images(boolean hang) throws IOException {
    MockWebServer server = new MockWebServer();
    Buffer image =
        new Buffer().write(Files.readAllBytes(Path.of("test-fixtures/media/portrait.jpg")));
    for (int i = 0; i < 3; i++) {
      MockResponse.Builder response = new MockResponse.Builder().body(image.clone());
      if (hang) {
        response.onResponseStart(SocketEffect.Stall.INSTANCE);
      }
      server.enqueue(response.build());
    }
    server.start();
    return server;
  }

  private VideoStore store(boolean hang) {
    return (id, video, name, _, _) -> {
      if (hang) {
        new CountDownLatch(1).await();
      }
      try {
        return new Stored.Local(Files.copy(video, folder.resolve(id + name)));
      } catch (IOException e) {
        throw new StorageException("not stored", e);
      }
    };
  }

  private static String stage(FakeRunPod platform, String id) throws IOException {
    List<JsonNode> posts = platform.posts(id);
    return posts.isEmpty() ? "" : posts.getLast().at("/output/stage").asText();
  }

  @Test
  void aVideoThroughTheWholeWorker() throws Exception {
    Path base = folder.resolve("comfyui");
    try (MockWebServer images = images(false);
        Rehearsal rehearsal = LtxRehearsal.start(base);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(base), Clock.SYSTEM);
        FakeRunPod platform = new FakeRunPod();
        Started _ =
            new Started(
                Started.settings(platform, Duration.ofSeconds(1)),
                job(comfyUi, store(false)),
                1,
                Clock.SYSTEM)) {
      platform.hand("film-u1", input(images));
      platform.hand("bad-u1", "{\"duration\":99}");
      await().atMost(SOON).until(() -> !platform.answers("bad-u1").isEmpty());
      await().atMost(SOON).until(() -> !platform.answers("film-u1").isEmpty());
      assertThat(platform.status("film-u1")).isEqualTo("COMPLETED");
      JsonNode answer = platform.answers("film-u1").getFirst();
      assertThat(answer.at("/output/status").asText()).isEqualTo("success");
      assertThat(answer.at("/output/output/resolution").asText()).isEqualTo("128x96");
      List<Integer> percents = new ArrayList<>();
      for (JsonNode post : platform.posts("film-u1")) {
        if (post.has("status")) {
          percents.add(post.at("/output/percent").asInt());
        }
      }
      assertThat(percents).isNotEmpty().isSorted();
      assertThat(platform.answers("bad-u1").getFirst().get("error").asText())
          .startsWith("Duration cannot exceed 30 seconds");
    }
  }

  /** By default: the second video is generated while the first waits for its store. */
  @Test
  void theGpuDoesNotWaitForTheStore() throws Exception {
    Path base = folder.resolve("comfyui");
    CountDownLatch second = new CountDownLatch(1);
    VideoStore waiting =
        (id, video, name, target, promises) -> {
          if (id.equals("first")) {
            second.await();
          } else {
            second.countDown();
          }
          return store(false).store(id, video, name, target, promises);
        };
    try (MockWebServer images = images(false);
        Rehearsal rehearsal = LtxRehearsal.start(base);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(base), Clock.SYSTEM);
        FakeRunPod platform = new FakeRunPod();
        Started _ =
            new Started(
                Started.settings(platform, Duration.ofSeconds(1)),
                job(comfyUi, waiting),
                1,
                Clock.SYSTEM)) {
      platform.hand("first", input(images));
      platform.hand("second", input(images));
      await().atMost(SOON).until(() -> !platform.answers("first").isEmpty());
      await().atMost(SOON).until(() -> !platform.answers("second").isEmpty());
      assertThat(platform.status("first")).isEqualTo("COMPLETED");
      assertThat(platform.status("second")).isEqualTo("COMPLETED");
    }
  }

  /** The end comes in this stage: a stop posts nothing, a drain that is over one error. */
  @ParameterizedTest
  @CsvSource({
    "download, stop",
    "download, drain",
    "generate, stop",
    "generate, drain",
    "store, stop",
    "store, drain"
  })
  void isEndedIn(String stage, String how) throws Exception {
    Path base = folder.resolve("comfyui");
    InjectedFaults slow =
        stage.equals("generate")
            ? InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofMinutes(1)))
            : InjectedFaults.none();
    try (MockWebServer images = images(stage.equals("download"));
        Rehearsal rehearsal = LtxRehearsal.start(base, slow, Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(base), Clock.SYSTEM);
        FakeRunPod platform = new FakeRunPod();
        Started started =
            new Started(
                Started.settings(platform, Duration.ofSeconds(1)),
                job(comfyUi, store(stage.equals("store"))),
                1,
                Clock.SYSTEM)) {
      platform.hand("ended", input(images));
      await().atMost(SOON).until(() -> stage(platform, "ended").equals(stage));
      if (how.equals("stop")) {
        platform.stop("ended");
        await().atMost(SOON).until(() -> platform.open(Route.TAKE) == 1);
        assertThat(platform.answers("ended")).isEmpty();
      } else {
        started.worker().stop();
        assertThat(started.exitCode()).isZero();
        assertThat(platform.answers("ended")).hasSize(1);
        assertThat(platform.status("ended")).isEqualTo("FAILED");
        assertThat(platform.answers("ended").getFirst().at("/output/code").asText())
            .isEqualTo("WORKER_STOPPED");
      }
    }
  }
}
