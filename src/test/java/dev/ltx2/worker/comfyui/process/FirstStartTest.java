package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.fakes.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen, and found out, while ComfyUI starts. */
@Timeout(60)
class FirstStartTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir private Path dir;
  private ProcessLab lab;

  @BeforeEach
  void lab() {
    lab = new ProcessLab(dir);
  }

  /** Not after three restarts, and not after the time that its import takes. */
  @Test
  void aMachineThatCannotRunItIsGivenUpAtOnce() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    FirstStart first =
        new FirstStart(
            new StartTimes(Clock.SYSTEM, Duration.ZERO),
            () -> {
              started.await();
              return Optional.of("the GPU cannot be used: it fell off the bus");
            });
    Launch launch = lab.shell(LONG, "echo $$ > $LAB/pid", "exec sleep 600");
    try (ComfyUi comfyUi = ComfyUiProcess.supervise(launch, Clock.SYSTEM, first)) {
      started.countDown();
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, comfyUi::objectInfo);
      assertThat(failure.kind()).isEqualTo(Kind.START_FAILED);
      assertThat(failure)
          .hasMessage("ComfyUI failed to start: the GPU cannot be used: it fell off the bus");
      assertThat(lab.process("pid")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RuntimeError: Found no NVIDIA driver on your system. Please check",
        "RuntimeError: The NVIDIA driver on your system is too old (found version 12040).",
        "AssertionError: Torch not compiled with CUDA enabled"
      })
  void whatTorchSaysOfTheGpuIsNotTriedAgain(String line) throws Exception {
    Launch launch = lab.shell(LONG, "echo + >> $LAB/lives", "echo '" + line + "'", "exit 1");
    try (ComfyUi comfyUi = ComfyUiProcess.supervise(launch, ManualTime.skipping())) {
      assertThat(catchThrowableOfType(ComfyUiException.class, comfyUi::objectInfo))
          .hasMessageStartingWith("ComfyUI failed to start: the GPU cannot be used: " + line);
      assertThat(Files.readAllLines(dir.resolve("lives"))).hasSize(1);
    }
  }

  @Test
  void importAndServerAreTimedApart() throws Exception {
    StartTimes times = new StartTimes(Clock.SYSTEM, Duration.ZERO);
    Launch launch =
        lab.shell(
            LONG,
            "echo '[INFO] Starting server'",
            "exec " + ProcessLab.java(FakeComfyUi.class) + " \"$@\"");
    FirstStart first = new FirstStart(times, FirstStart.Preflight.NONE);
    try (ComfyUi comfyUi = ComfyUiProcess.supervise(launch, Clock.SYSTEM, first)) {
      lab.run(comfyUi, "a");
      assertThat(times.seconds()).containsOnlyKeys("comfyui_import", "server_up");
      assertThat(times.seconds().get("server_up"))
          .as("a Java machine's start against a shell's")
          .isGreaterThan(times.seconds().get("comfyui_import"));
    }
  }
}
