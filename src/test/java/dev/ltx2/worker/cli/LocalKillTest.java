package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while jobs wait, run and end: each that was acknowledged is answered with its
 * video. More of it: {@code -Dlocal.jobs=50 -Dlocal.kills=20}.
 */
class LocalKillTest {
  private static final int JOBS = Integer.getInteger("local.jobs", 6);
  private static final int KILLS = Integer.getInteger("local.kills", 2);

  @TempDir Path folder;

  private final List<String> acknowledged = new ArrayList<>();
  private final Random random = new Random(14);

  private void submit(LocalProcess server, String image, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      String id =
          server
              .post(
                  "/run",
                  ("{\"input\":{\"image_url\":\"%s\",\"duration\":1,\"width\":64,\"height\":64,"
                          + "\"fps\":8,\"steps\":1,\"seed\":%d}}")
                      .formatted(image, acknowledged.size()))
              .path("id")
              .asText();
      assertThat(id).isNotEmpty();
      acknowledged.add(id);
    }
  }

  private static boolean done(LocalProcess server, String id)
      throws IOException, InterruptedException {
    JsonNode status = server.status(id);
    return status.path("status").asText().equals("COMPLETED") || gaveUp(status);
  }

  /** Three kills in one job's own time are taken for its fault, and answered. */
  private static boolean gaveUp(JsonNode status) {
    return status.path("error").asText().contains("ended 3 times while it ran this job");
  }

  @Test
  void noJobThatWasAcknowledgedIsLost() throws Exception {
    String path = null;
    for (int round = 0; round < KILLS; round++) {
      try (LocalProcess server = LocalProcess.start(folder)) {
        if (path == null) {
          path = server.send(Path.of("test-fixtures/media/keyframe-1.jpg"));
        }
        submit(server, path, JOBS / KILLS + (round < JOBS % KILLS ? 1 : 0));
        long moment = random.nextLong(2_000);
        long start = System.nanoTime();
        Awaitility.await()
            .pollInterval(Duration.ofMillis(5))
            .until(() -> System.nanoTime() - start > moment * 1_000_000);
        server.kill();
      }
    }
    assertThat(acknowledged).hasSize(JOBS);
    try (LocalProcess server = LocalProcess.start(folder)) {
      for (String id : acknowledged) {
        Awaitility.await()
            .atMost(Duration.ofMinutes(2))
            .pollInterval(Duration.ofMillis(50))
            .untilAsserted(
                () -> assertThat(done(server, id)).as(server.status(id).toString()).isTrue());
        if (gaveUp(server.status(id))) {
          continue;
        }
        String video = server.status(id).path("output").path("output").path("video_url").asText();
        String name = video.substring(video.lastIndexOf('/'));
        assertThat(server.bytes(server.url().resolve("/files" + name)).body().length)
            .isGreaterThan(1000);
      }
      assertThat(server.terminate()).isZero();
    }
  }
}
