package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.input.Downloads;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Its failure is a warning that nobody waits for, and the first job then pays. */
class ExerciseTest {
  static List<Path> sets() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("workflows"))) {
      return folders.filter(folder -> Files.exists(folder.resolve("set.json"))).sorted().toList();
    }
  }

  /** Asks no ComfyUI: there is none. */
  private static VideoGenerator generator(Path set, ComfyUi nobody) throws Exception {
    return RehearsedJobs.generator(set, nobody, Duration.ofMinutes(1));
  }

  private static ComfyUi nobody() {
    return new ComfyUi(URI.create("http://127.0.0.1:9"), Optional.empty(), Clock.SYSTEM);
  }

  @ParameterizedTest
  @MethodSource("sets")
  void everySetsWayIsGoneToItsEnd(Path set) throws Exception {
    try (CapturedLogs logs = new CapturedLogs(Level.INFO);
        ComfyUi nobody = nobody()) {
      new Exercise(
              new Downloads(Downloads.Options.DEFAULTS, Clock.SYSTEM),
              generator(set, nobody),
              Clock.SYSTEM)
          .run();
      assertThat(logs.lines())
          .filteredOn(line -> line.toLowerCase(Locale.ROOT).contains("exercise"))
          .singleElement()
          .asString()
          .matches("Exercised the way of a job in \\d+\\.\\d+ s");
    }
  }

  @Test
  void isBegunInTheBackground() throws Exception {
    try (CapturedLogs logs = new CapturedLogs(Level.INFO);
        ComfyUi nobody = nobody()) {
      RehearsedJobs.of(
              Downloads.Options.DEFAULTS,
              generator(RehearsedJobs.WORKFLOWS, nobody),
              RehearsedJobs.UNMOVED)
          .exercise();
      Awaitility.await()
          .until(() -> logs.lines().stream().anyMatch(line -> line.startsWith("Exercised")));
    }
  }
}
