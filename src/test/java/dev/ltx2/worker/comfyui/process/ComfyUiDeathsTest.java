package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.Generated;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One supervised process through all its deaths; that jobs succeed between them keeps it going. */
@Timeout(60)
class ComfyUiDeathsTest {
  @TempDir static Path dir;
  private static ProcessLab lab;
  private static ComfyUi comfyUi;

  /** Twenty times as fast as the wall's. */
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor();

  private int lives;

  @BeforeAll
  static void start() throws Exception {
    lab = new ProcessLab(dir);
    ManualTime time = ManualTime.frozen();
    var _ =
        CLOCK.scheduleAtFixedRate(
            () -> time.advance(Duration.ofMillis(100)), 0, 5, TimeUnit.MILLISECONDS);
    comfyUi = ComfyUiProcess.supervise(lab.fake(), time);
  }

  @AfterAll
  static void stop() {
    comfyUi.close();
    CLOCK.shutdownNow();
  }

  @BeforeEach
  void works() throws Exception {
    assertThat(lab.run(comfyUi, "good").attempts()).isEqualTo(1);
    lives = lab.lives();
  }

  @AfterEach
  void stillWorks() throws Exception {
    assertThat(lab.run(comfyUi, "good").attempts()).isEqualTo(1);
    assertThat(comfyUi.gaveUp()).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"posting", "before-sampler", "sampling", "after-sampler", "before-history"})
  void aDeathWithoutResultCostsOneRepetition(String stage) throws Exception {
    Generated generated = lab.run(comfyUi, stage);
    assertThat(generated.attempts()).isEqualTo(2);
    assertThat(Files.readString(generated.video())).isEqualTo("video of jobs/" + stage);
    assertThat(lab.lives()).isEqualTo(lives + 1);
  }

  @Test
  void aPromptThatKillsItTwiceFailsWithItsLastWords() throws Exception {
    try (CapturedLogs logs = new CapturedLogs()) {
      killsItTwice();
      assertThat(logs.lines())
          .noneMatch(line -> line.contains("secret"))
          .anyMatch(line -> line.endsWith("{\"text\":\"[…]\"}}"));
    }
  }

  private void killsItTwice() throws Exception {
    assertThatThrownBy(() -> lab.run(comfyUi, "twice"))
        .hasMessageStartingWith("ComfyUI went away twice: exit code 139, segmentation fault\n")
        .hasMessageContaining("\nTo see the GUI go to: ")
        .hasMessageContaining("\"[…]\"")
        .hasMessageNotContaining("secret")
        .hasMessageEndingWith("\nFatal Python error: Segmentation fault")
        .extracting("kind")
        .isEqualTo(Kind.UNAVAILABLE);
    assertThat(lab.run(comfyUi, "good").attempts()).isEqualTo(1);
    assertThat(lab.lives()).isEqualTo(lives + 2);
  }

  @Test
  void aGpuFaultGetsANewProcess() throws Exception {
    assertThatThrownBy(() -> lab.run(comfyUi, "gpu")).extracting("kind").isEqualTo(Kind.GPU_FAULT);
    assertThat(lab.run(comfyUi, "gpu").attempts()).isEqualTo(1);
    assertThat(lab.lives()).isEqualTo(lives + 1);
  }

  @Test
  void aPromptThatNeverEndsDoesNotTakeTheOthersWithIt() throws Exception {
    // As when ComfyUI's prompt worker has died: HTTP goes on answering, nothing runs.
    assertThatThrownBy(() -> lab.run(comfyUi, "deaf", Duration.ofSeconds(20)))
        .hasMessage(
            "Generation timeout: no result within 20 s;"
                + " ComfyUI did not obey the interrupt within 10 s");
    assertThat(lab.run(comfyUi, "deaf").attempts()).isEqualTo(1);
    assertThat(lab.lives()).isEqualTo(lives + 1);
  }

  @Test
  void whatHoldsTheQueueUpIsEnded() throws Exception {
    // As above, when the prompt that killed the worker is not ours.
    assertThatThrownBy(() -> lab.run(comfyUi, "waiting", Duration.ofSeconds(20)))
        .hasMessage("Generation timeout: no result within 20 s");
    assertThat(lab.run(comfyUi, "waiting").attempts()).isEqualTo(1);
    assertThat(lab.lives()).isEqualTo(lives + 1);
  }
}
