package dev.ltx2.worker.comfyui;

import static dev.ltx2.worker.comfyui.Lab.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the network, the GPU and ComfyUI do wrong. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ComfyUiFaultsTest {
  @TempDir Path dir;

  private static void sample(ScriptedComfyUi.Play play, int value) throws Exception {
    play.event("progress", "\"value\": %d, \"max\": 4, \"node\": \"ks\"".formatted(value));
  }

  @ParameterizedTest
  @CsvSource({
    "fin,start", "fin,sampling", "fin,end",
    "rst,start", "rst,sampling", "rst,end",
    "silence,start", "silence,sampling", "silence,end"
  })
  void aLostSocketCostsAtMostASecond(String cut, String stage) throws Exception {
    Wire[] wire = new Wire[1];
    // It moves only where the client waits for an event: what calls take does not count.
    ManualTime time = ManualTime.skipping(Duration.ofSeconds(1));
    AtomicLong endedAt = new AtomicLong();
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          for (String now : new String[] {"start", "sampling", "end"}) {
            if (now.equals(stage)) {
              switch (cut) {
                case "fin" -> wire[0].fin();
                case "rst" -> wire[0].rst();
                default -> wire[0].silence();
              }
            }
            if (now.equals("start")) {
              play.event("execution_start", "");
              play.event("executing", "\"node\": \"ks\"");
            } else if (now.equals("sampling")) {
              sample(play, 1);
            }
          }
          play.endWith("success", "execution_success", "", play.video());
          endedAt.set(time.nanos());
          play.event("execution_success", "");
        };
    try (Lab lab = new Lab(dir, time, script)) {
      wire[0] = lab.wire;
      Lab.Running running = lab.start(lab.prompt("a"));
      assertThat(Files.readString(running.get().video())).isEqualTo("video of jobs/a");
      assertThat(running.get().attempts()).isEqualTo(1);
      assertThat(time.since(endedAt.get())).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void theSocketComesBackAndProgressGoesOn() throws Exception {
    CountDownLatch back = new CountDownLatch(1);
    CountDownLatch heard = new CountDownLatch(1);
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.event("executing", "\"node\": \"ks\"");
          sample(play, 1);
          back.await();
          sample(play, 3);
          heard.await();
          play.succeed();
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, script)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.heard.stream().anyMatch(h -> h.step() == 1));
      lab.wire.fin();
      Awaitility.await().until(() -> lab.server.connects.get() == 2);
      back.countDown();
      Awaitility.await().until(() -> lab.heard.stream().anyMatch(h -> h.step() == 3));
      heard.countDown();
      assertThat(running.get().attempts()).isEqualTo(1);
    }
  }

  @Test
  void worksWithoutAnySocket() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM, SUCCESS)) {
      lab.wire.refuseSockets = true;
      assertThat(lab.run(lab.prompt("a")).video()).exists();
    }
  }

  @Test
  void aHalfOpenSocketIsNoticedByPing() throws Exception {
    try (ScriptedComfyUi server = new ScriptedComfyUi();
        Wire wire = new Wire(server.port())) {
      URI uri = URI.create(wire.url().toString().replace("http", "ws") + "/ws?clientId=c");
      EventSocket socket = new EventSocket(uri, Clock.SYSTEM, 1);
      BlockingQueue<PromptEvent> inbox = new LinkedBlockingQueue<>();
      socket.register("p", inbox);
      assertThat(socket.open(Deadline.in(Clock.SYSTEM, Lab.LIMIT))).isEqualTo(1);
      assertThat(inbox.poll(1, TimeUnit.SECONDS)).isInstanceOf(PromptEvent.SocketUp.class);
      wire.silence();
      assertThat(inbox.poll(6, TimeUnit.SECONDS)).isInstanceOf(PromptEvent.SocketDown.class);
      socket.revive();
      assertThat(inbox.poll(2, TimeUnit.SECONDS)).isInstanceOf(PromptEvent.SocketUp.class);
      socket.close();
    }
  }

  @Test
  void outOfMemoryOnceIsMendedByFree() throws Exception {
    try (Lab lab =
        new Lab(
            dir,
            Clock.SYSTEM,
            play -> {
              play.accept();
              play.fail("torch.OutOfMemoryError", "Allocation on device 0 would exceed memory");
            },
            SUCCESS)) {
      assertThat(lab.run(lab.prompt("a")).attempts()).isEqualTo(2);
      assertThat(lab.server.calls)
          .filteredOn(call -> call.startsWith("POST /free") || call.startsWith("POST /prompt"))
          .extracting(call -> call.replaceFirst("^POST (\\S+) .*", "$1"))
          .containsExactly("/prompt", "/free", "/prompt");
      assertThat(lab.server.calls)
          .contains("POST /free {\"unload_models\":true,\"free_memory\":true}");
      assertThat(lab.server.plays.get(0).id).isNotEqualTo(lab.server.plays.get(1).id);
      assertThat(lab.server.history).isEmpty();
    }
  }

  @Test
  void outOfMemoryTwiceFailsAndTheNextJobRuns() throws Exception {
    ScriptedComfyUi.Script oom =
        play -> {
          play.accept();
          play.fail("torch.OutOfMemoryError", "CUDA out of memory. Tried to allocate 2 GiB");
        };
    try (Lab lab = new Lab(dir, Clock.SYSTEM, oom, oom, SUCCESS)) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessage(
              "ComfyUI failed in Sample (ks): torch.OutOfMemoryError: CUDA out of memory. Tried to"
                  + " allocate 2 GiB")
          .extracting("kind")
          .isEqualTo(Kind.OUT_OF_MEMORY);
      assertThat(lab.run(lab.prompt("b")).attempts()).isEqualTo(1);
    }
  }

  @Test
  void aCudaFaultAsksForARestart() throws Exception {
    try (Lab lab =
        new Lab(
            dir,
            Clock.SYSTEM,
            play -> {
              play.accept();
              play.fail(
                  "torch.AcceleratorError",
                  "CUDA error: an illegal memory access was encountered\\nCompile with ...");
            })) {
      assertThatThrownBy(() -> lab.run(lab.prompt("a")))
          .hasMessageEndingWith("CUDA error: an illegal memory access was encountered")
          .extracting("kind")
          .isEqualTo(Kind.GPU_FAULT);
      assertThat(lab.guard.restarts).hasSize(1);
    }
  }

  @Test
  void anIgnoredInterruptEndsAfterTenSeconds() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.server.count("POST /prompt") == 1);
      time.advance(Lab.LIMIT.plusMillis(1));
      Awaitility.await().until(() -> lab.server.count("POST /interrupt") >= 1);
      long told = time.nanos();
      running.tick(time, Duration.ofMillis(500));
      assertThat(time.since(told)).isGreaterThan(Duration.ofSeconds(9));
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
      assertThat(failure)
          .hasMessage(
              "Generation timeout: no result within 600 s;"
                  + " ComfyUI did not obey the interrupt within 10 s");
      assertThat(lab.guard.restarts).containsExactly("an interrupt was ignored for 10 s");
    }
  }

  @Test
  void aRestartedComfyUiRunsThePromptAgain() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM, ScriptedComfyUi.Play::accept, SUCCESS)) {
      Lab.Running running = lab.start(lab.prompt("a", lab.input("a", "face.png")));
      Awaitility.await().until(() -> lab.server.plays.size() == 1);
      lab.wire.down();
      lab.server.forgetEverything();
      lab.server.uploads.clear();
      lab.wire.up();
      assertThat(running.get().attempts()).isEqualTo(2);
      assertThat(lab.server.uploads).containsKey("jobs/a/face.png");
    }
  }

  @Test
  void aSupervisorsWordIsHeardAtOnce() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept, ScriptedComfyUi.Play::accept)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      for (int post = 1; post <= 2; post++) {
        int posts = post;
        Awaitility.await().until(() -> lab.server.plays.size() == posts);
        lab.guard.onDeath.accept("exit code 139");
      }
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(failure).hasMessage("ComfyUI went away twice: exit code 139\nSegmentation fault");
      // before the upload, at its turn, and before the second upload
      assertThat(lab.guard.waits).hasSize(3);
    }
  }

  @Test
  void aComfyUiThatStaysAwayIsGivenUp() throws Exception {
    ManualTime time = ManualTime.frozen();
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept)) {
      Lab.Running running = lab.start(lab.prompt("a"));
      Awaitility.await().until(() -> lab.server.plays.size() == 1);
      lab.wire.down();
      running.tick(time, Duration.ofMillis(500));
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(failure)
          .hasMessageStartingWith(
              "ComfyUI went away during generation and did not come back within 30 s: ");
    }
  }

  @Test
  void nobodyThere() throws Exception {
    try (Lab lab = new Lab(dir, Clock.SYSTEM)) {
      lab.wire.down();
      URI url = URI.create(lab.wire.url().toString().replace("//", "//user:key@") + "?token=key");
      try (ComfyUi comfyUi = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
        assertThatThrownBy(() -> comfyUi.run(lab.prompt("a"), dir, (f, s, n, node) -> {}))
            .hasMessageStartingWith("ComfyUI is not reachable at " + lab.wire.url() + ": ")
            .hasMessageNotContaining("key")
            .extracting("kind")
            .isEqualTo(Kind.UNAVAILABLE);
        assertThatThrownBy(comfyUi::objectInfo)
            .hasMessageStartingWith("ComfyUI is not reachable at ");
      }
    }
  }

  @Test
  void anAnswerLostOnTheWayIsNoReasonToPostTwice() throws Exception {
    try (Lab lab =
        new Lab(
            dir,
            Clock.SYSTEM,
            play -> {
              play.breakOff();
              play.succeed();
            })) {
      assertThat(lab.run(lab.prompt("a")).attempts()).isEqualTo(1);
      assertThat(lab.server.plays).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResultThatCannotBeFetched(boolean cut) throws Exception {
    ScriptedComfyUi.Script script =
        play -> {
          play.accept();
          play.video();
          play.succeed();
        };
    ManualTime time = ManualTime.frozen();
    try (Lab lab =
        new Lab(
            dir,
            time,
            cut
                ? script
                : play -> {
                  play.accept();
                  String video = play.video();
                  play.serverForgetsFiles();
                  play.endWith("success", "execution_success", "", video);
                })) {
      lab.server.cutViews = cut;
      Lab.Running running = lab.start(lab.prompt("a"));
      running.tick(time, Duration.ofMillis(100));
      assertThatThrownBy(running::get)
          .hasMessageStartingWith(
              "Result video_00001_.mp4 could not be fetched from ComfyUI: "
                  + (cut ? "" : "it answered 404"))
          .extracting("kind")
          .isEqualTo(Kind.FAILED);
      assertThat(lab.server.count("GET /view")).isEqualTo(cut ? 3 : 1);
      assertThat(lab.server.history).isEmpty();
    }
  }
}
