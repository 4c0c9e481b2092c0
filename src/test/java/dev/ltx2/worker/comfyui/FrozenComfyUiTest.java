package dev.ltx2.worker.comfyui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ComfyUI that takes every connection and then says nothing, too little or too much. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FrozenComfyUiTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration ANSWERED = LIMIT.plusSeconds(15);

  private final ManualTime time = ManualTime.frozen();

  @TempDir Path dir;

  private static final ScriptedComfyUi.Script SUCCESS =
      play -> {
        play.accept();
        play.succeed();
      };

  private Prompt prompt(Lab lab) throws Exception {
    Prompt usual = lab.prompt("a", lab.input("a", "face.png"));
    return new Prompt(usual.jobId(), usual.graph(), usual.uploads(), usual.texts(), LIMIT);
  }

  /** From now on every wait lasts as long as it may. */
  private void freeze(Lab lab) {
    lab.wire.freeze();
    time.skip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"uploading", "posting", "queued", "sampling", "fetching", "forgetting"})
  void everyWaitIsWithinTheLimit(String moment) throws Exception {
    Lab[] labs = new Lab[1];
    ScriptedComfyUi.Script script =
        play -> {
          if (moment.equals("posting")) {
            freeze(labs[0]);
          }
          play.pending = moment.equals("queued");
          play.accept();
          if (moment.equals("queued")) {
            freeze(labs[0]);
          } else if (moment.equals("sampling")) {
            play.event("progress", "\"value\": 1, \"max\": 4, \"node\": \"ks\"");
            freeze(labs[0]);
          } else if (!moment.equals("posting")) {
            play.succeed();
          }
        };
    try (Lab lab = new Lab(dir, time, script)) {
      labs[0] = lab;
      lab.server.beforeView = () -> freezeIf(moment.equals("fetching"), lab);
      lab.server.beforeForget = () -> freezeIf(moment.equals("forgetting"), lab);
      freezeIf(moment.equals("uploading"), lab);
      Lab.Running running = lab.start(prompt(lab));
      if (moment.equals("forgetting")) {
        assertThat(running.get().video()).hasContent("video of jobs/a");
        assertThat(Duration.ofNanos(time.nanos())).isLessThan(Duration.ofSeconds(3));
        return;
      }
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(Duration.ofNanos(time.nanos())).isBetween(LIMIT, ANSWERED);
      Kind expected =
          switch (moment) {
            case "uploading" -> Kind.UNAVAILABLE;
            case "fetching" -> Kind.FAILED;
            default -> Kind.TIMEOUT;
          };
      assertThat(failure.kind()).isEqualTo(expected);
    }
  }

  private void freezeIf(boolean now, Lab lab) {
    if (now) {
      freeze(lab);
    }
  }

  @Test
  void theNextJobWaitsForItsTurnBesideItsLimit() throws Exception {
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept)) {
      Lab.Running first = lab.start(prompt(lab));
      Awaitility.await().until(() -> lab.server.plays.size() == 1);
      Prompt other = lab.prompt("b", lab.input("b", "b.png"));
      Lab.Running second =
          lab.start(new Prompt("b", other.graph(), other.uploads(), List.of(), LIMIT));
      Awaitility.await().until(() -> waitsForItsTurn(second.thread));
      freeze(lab);
      assertThat(catchThrowableOfType(ComfyUiException.class, first::get).kind())
          .isEqualTo(Kind.TIMEOUT);
      assertThat(catchThrowableOfType(ComfyUiException.class, second::get).kind())
          .isEqualTo(Kind.TIMEOUT);
      assertThat(Duration.ofNanos(time.nanos())).isLessThan(ANSWERED.multipliedBy(2));
    }
  }

  /** Its inputs are in ComfyUI, and it has heard so. */
  private static boolean waitsForItsTurn(Thread running) {
    return Arrays.stream(running.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("takeTurn"));
  }

  @Test
  void oneThatGoesOnInTimeCostsNothing() throws Exception {
    CountDownLatch frozen = new CountDownLatch(1);
    try (Lab lab = new Lab(dir, time, SUCCESS)) {
      lab.server.beforeView =
          () -> {
            lab.wire.freeze();
            frozen.countDown();
          };
      Lab.Running running = lab.start(prompt(lab));
      frozen.await();
      time.advance(Duration.ofSeconds(10));
      lab.wire.thaw();
      assertThat(running.get().video()).hasContent("video of jobs/a");
    }
  }

  @Test
  void aResultThatTricklesEndsWithTheLimit() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (Lab lab = new Lab(dir, time, SUCCESS)) {
      lab.server.instead.put(
          "/view",
          exchange -> {
            OutputStream out = exchange.getOutputStream();
            // until the client hangs up
            while (true) {
              out.write('x');
              out.flush();
              if (sent.incrementAndGet() == 100) {
                time.skip();
              }
            }
          });
      Lab.Running running = lab.start(prompt(lab));
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure).hasMessageContaining("answer to GET /view within");
      assertThat(Duration.ofNanos(time.nanos())).isBetween(LIMIT, ANSWERED);
      assertThat(sent).hasValueGreaterThan(100);
    }
  }

  @Test
  void aResultOfGigabytesIsNotFetched() throws Exception {
    try (Lab lab = new Lab(dir, time, SUCCESS)) {
      lab.server.instead.put(
          "/view",
          exchange -> {
            exchange.setResponseContentLength(3L << 30);
            exchange.getOutputStream().write(new byte[1 << 16]);
          });
      ComfyUiException failure =
          catchThrowableOfType(ComfyUiException.class, () -> lab.run(prompt(lab)));
      assertThat(failure)
          .hasMessage(
              "Result video_00001_.mp4 could not be fetched from ComfyUI:"
                  + " its answer to GET /view is longer than 2048 MB");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/history", "/queue"})
  void anEndlessListIsNotReadToItsEnd(String list) throws Exception {
    byte[] megabyte = "0,".repeat(1 << 19).getBytes(UTF_8);
    AtomicLong sent = new AtomicLong();
    try (Lab lab = new Lab(dir, time, ScriptedComfyUi.Play::accept)) {
      lab.server.instead.put(
          list,
          exchange -> {
            OutputStream out = exchange.getOutputStream();
            out.write("{\"prompt\": [".getBytes(UTF_8));
            for (int i = 1; i <= 200; i++) {
              out.write(megabyte);
              sent.accumulateAndGet(i, Math::max);
            }
          });
      Lab.Running running = lab.start(prompt(lab));
      Awaitility.await().until(() -> lab.server.plays.size() == 1);
      // Slower than real time: the machine may take its time over the megabytes.
      running.tick(time, Duration.ofMillis(20));
      ComfyUiException failure = catchThrowableOfType(ComfyUiException.class, running::get);
      assertThat(failure.kind()).isEqualTo(Kind.FAILED);
      assertThat(failure)
          .hasMessageContaining("to GET " + list)
          .hasMessageEndingWith("is longer than %d MB".formatted(list.equals("/queue") ? 64 : 16));
      // Of 200, with what the sockets on both sides hold.
      assertThat(sent.get()).isLessThan(200);
    }
  }
}
