package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.Main;
import dev.ltx2.worker.fakes.FakeRunPod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image's health check on a worker that runs, is stopped, goes on, and is gone. */
@Timeout(90)
class LivenessFileTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path temp;

  private Path pulse() {
    return temp.resolve("ltx2-worker.pulse");
  }

  private boolean healthy() throws IOException, InterruptedException {
    ProcessBuilder check = new ProcessBuilder("sh", "image/healthcheck").inheritIO();
    check.environment().put("TMPDIR", temp.toString());
    return check.start().waitFor() == 0;
  }

  private void someTimePasses() throws IOException {
    Files.setLastModifiedTime(pulse(), FileTime.from(Instant.now().minusSeconds(20)));
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void onlyAWorkerThatRunsIsHealthy() throws Exception {
    assertThat(healthy()).isFalse();
    try (FakeRunPod platform = new FakeRunPod()) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-Dworker.pulse=" + pulse(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "serve")
              .redirectErrorStream(true)
              .redirectOutput(temp.resolve("log").toFile());
      builder.environment().putAll(platform.env());
      builder.environment().put("ENGINE", "rehearsal");
      builder.environment().put("OUTPUT_DIR", temp.toString());
      Process worker = builder.start();
      try {
        await().atMost(SOON).until(this::healthy);
        signal(worker, "STOP");
        someTimePasses();
        assertThat(healthy()).isFalse();
        signal(worker, "CONT");
        await().atMost(SOON).until(this::healthy);
      } finally {
        worker.destroyForcibly().waitFor();
      }
      someTimePasses();
      assertThat(healthy()).isFalse();
    }
  }
}
