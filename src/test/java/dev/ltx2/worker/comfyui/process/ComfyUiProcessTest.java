package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.PromptRedactor;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a process does wrong; the processes are real. */
@Timeout(60)
class ComfyUiProcessTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @TempDir Path dir;
  private ProcessLab lab;

  @BeforeEach
  void lab() {
    lab = new ProcessLab(dir);
  }

  private static ComfyUiException failureOf(ComfyUi comfyUi) {
    return catchThrowableOfType(ComfyUiException.class, comfyUi::objectInfo);
  }

  @Test
  void isStartedWithFoldersOfItsOwnAndNoKeys() throws Exception {
    Launch launch =
        lab.shell(
            LONG, "env > $LAB/env", "pwd > $LAB/pwd", "for a; do echo \"$a\"; done > $LAB/args");
    Launch more =
        new Launch(
            launch.dir(),
            launch.python(),
            "--cpu 'a b'",
            LONG,
            launch.state(),
            Map.of("LAB", "" + dir));
    try (ComfyUi _ = lab.start(more)) {
      Awaitility.await().until(() -> Files.exists(dir.resolve("args")));
      Awaitility.await().until(() -> Files.readString(dir.resolve("args")).contains("--temp-dir"));
      String state = lab.state().toRealPath().toString();
      List<String> args = Files.readAllLines(dir.resolve("args"));
      assertThat(args.get(args.indexOf("--port") + 1)).matches("2\\d{4}");
      args.set(args.indexOf("--port") + 1, "PORT");
      assertThat(args)
          .containsExactly(
              "main.py",
              "--disable-metadata",
              "--disable-auto-launch",
              "--preview-method",
              "none",
              "--user-directory",
              state + "/user",
              "--database-url",
              "sqlite:///" + state + "/user/comfyui.db",
              "--cpu",
              "a b",
              "--listen",
              "127.0.0.1",
              "--port",
              "PORT",
              "--input-directory",
              state + "/input",
              "--output-directory",
              state + "/output",
              "--temp-directory",
              state);
      assertThat(Path.of(Files.readString(dir.resolve("pwd")).strip()))
          .isEqualTo(dir.resolve("ComfyUI").toRealPath());
      assertThat(Files.readAllLines(dir.resolve("env")))
          .contains("LAB=" + dir, "PYTHONUNBUFFERED=1")
          .noneMatch(line -> line.startsWith("HOME="));
      assertThat(lab.state()).isDirectoryContaining("glob:**/{input,output,temp,user}");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "nowhere | python3 | --cpu | COMFYUI_DIR: there is no main.py in ",
        ". | no-such-python | --cpu | COMFYUI_PYTHON: no-such-python is not a program",
        ". | /tmp | --cpu | COMFYUI_PYTHON: /tmp is not a program",
        ". | sh | 'x | COMFYUI_ARGS: a ' is not closed",
        ". | sh | --cpu --port 1 | COMFYUI_ARGS: --port is the worker's to set, leave it out",
        ". | sh | --listen=0.0.0.0 | COMFYUI_ARGS: --listen is the worker's to set, leave it out",
      })
  void refusesSettingsThatCannotWork(String folder, String python, String args, String reason)
      throws Exception {
    Files.writeString(dir.resolve("main.py"), "");
    Launch launch = new Launch(dir.resolve(folder), python, args, LONG, lab.state(), Map.of());
    assertThatThrownBy(() -> lab.start(launch))
        .hasMessageStartingWith("ComfyUI failed to start: " + reason)
        .extracting("kind")
        .isEqualTo(Kind.START_FAILED);
  }

  @Test
  void neverReady() throws Exception {
    Launch launch =
        lab.shell(Duration.ofSeconds(2), "echo $$ > $LAB/pid", "echo loading", "exec sleep 600");
    try (ComfyUi comfyUi = lab.start(launch)) {
      String message = "ComfyUI failed to start: not ready within 2 s\nloading";
      assertThat(failureOf(comfyUi)).hasMessage(message);
      assertThat(comfyUi.gaveUp().get(1, TimeUnit.SECONDS)).isEqualTo(message);
      assertThatThrownBy(() -> lab.run(comfyUi, "a"))
          .hasMessage(message)
          .extracting("kind")
          .isEqualTo(Kind.START_FAILED);
      assertThat(lab.process("pid")).isEmpty();
    }
  }

  @Test
  void exitsAtOnce() throws Exception {
    ManualTime time = ManualTime.skipping();
    Launch launch =
        lab.shell(
            LONG,
            "echo + >> $LAB/lives",
            "i=0; while [ $i -lt 30 ]; do i=$((i + 1)); echo line $i; done",
            "echo 'ImportError: torch' >&2",
            "exit 3");
    try (ComfyUi comfyUi = ComfyUiProcess.supervise(launch, time)) {
      String message = failureOf(comfyUi).getMessage();
      assertThat(message)
          .startsWith(
              "ComfyUI failed to start: exit code 3, after 3 restarts within 10 minutes\nline 12\n")
          .endsWith("line 30\nImportError: torch");
      assertThat(Files.readAllLines(dir.resolve("lives"))).hasSize(4);
      assertThat(Duration.ofNanos(time.nanos())).isBetween(Duration.ofSeconds(7), LONG);
    }
  }

  @Test
  void megabytesOfOutputNeitherBlockNorFillMemory() throws Exception {
    Launch launch =
        lab.shell(
            LONG,
            "yes 'a line of a chatty custom node' | head -c 8000000",
            "head -c 8000000 /dev/zero | tr '\\0' x",
            "echo",
            "echo the end",
            "exit 5");
    try (ComfyUi comfyUi = ComfyUiProcess.supervise(launch, ManualTime.skipping())) {
      assertThat(failureOf(comfyUi).getMessage())
          .startsWith("ComfyUI failed to start: exit code 5, after 3 restarts within 10 minutes\n")
          .endsWith("x…\nthe end")
          .hasSizeLessThan(2000);
    }
  }

  @Test
  void aDeathIsNoticed() throws Exception {
    Launch launch = lab.shell(LONG, "echo $$ > $LAB/pid", "exec sleep 600");
    List<String> deaths = new CopyOnWriteArrayList<>();
    ComfyUiProcess process =
        ComfyUiProcess.start(
            launch.prepare(),
            new PromptRedactor(),
            Clock.SYSTEM,
            FirstStart.unseen(Clock.SYSTEM),
            deaths::add);
    Awaitility.await().until(() -> lab.alive("pid"));
    lab.process("pid").orElseThrow().destroyForcibly();
    Awaitility.await().until(() -> !deaths.isEmpty());
    assertThat(deaths)
        .containsExactly("exit code 137, killed: often because the machine's memory was used up");
    process.close();
  }

  @Test
  void ignoresSigterm() throws Exception {
    Launch launch =
        lab.shell(
            LONG, "trap '' TERM", "echo $$ > $LAB/pid", "sleep 600 & echo $! > $LAB/child", "wait");
    ComfyUi comfyUi = lab.start(launch);
    Awaitility.await().until(() -> lab.alive("child"));
    comfyUi.close();
    assertThat(lab.alive("pid") || lab.alive("child")).isFalse();
    assertThatThrownBy(comfyUi::objectInfo).hasMessage("ComfyUI was stopped with the worker");
  }

  @Test
  void endsWhatItStartedAlsoWhenAWrapperBetweenIsGone() throws Exception {
    Launch launch =
        lab.shell(LONG, "sleep 600 & echo $! > $LAB/child", "echo $$ > $LAB/pid", "wait");
    try (ComfyUi _ = lab.start(launch)) {
      Awaitility.await().until(() -> lab.alive("child") && lab.alive("pid"));
      ProcessHandle child = lab.process("child").orElseThrow();
      // Two probes later it knows the child.
      Awaitility.await().pollDelay(Duration.ofMillis(600)).until(child::isAlive);
      lab.process("pid").orElseThrow().destroyForcibly();
      Awaitility.await().until(() -> !ProcessTree.alive(child));
    }
  }

  @Test
  void aKilledWorkerLeavesNoOrphan() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/setpriv")), "needs setpriv of util-linux");
    Process worker =
        new ProcessBuilder("sh", "-c", "exec " + ProcessLab.java(Orphaned.class) + " '" + dir + "'")
            .inheritIO()
            .start();
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> lab.alive("comfyui.pid"));
    ProcessHandle child = lab.process("comfyui.pid").orElseThrow();
    assertThat(worker.isAlive()).isTrue();
    worker.destroyForcibly();
    Awaitility.await().until(() -> !ProcessTree.alive(child));
  }
}
