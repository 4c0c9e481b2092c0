package dev.ltx2.worker.runpod.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import okhttp3.Request;
import org.junit.jupiter.api.Test;

/** How long a server that says nothing is waited for. */
class AwakeTimeCallTest {
  private static final Duration LIMIT = Duration.ofMillis(20_500);

  /** Each wait passes at once; one of them takes as long as the process is frozen. */
  private static final class Frozen implements Clock {
    private final int at;
    private final Duration pause;
    private Duration passed = Duration.ZERO;
    private int waits;

    Frozen(int at, Duration pause) {
      this.at = at;
      this.pause = pause;
    }

    @Override
    public long nanos() {
      return passed.toNanos();
    }

    @Override
    public Instant now() {
      return Instant.EPOCH.plus(passed);
    }

    @Override
    public void sleep(Duration duration) {
      passed = passed.plus(duration);
    }

    @Override
    public <E> E poll(BlockingQueue<E> queue, Duration timeout) {
      passed = passed.plus(++waits == at ? pause : timeout);
      return queue.poll();
    }
  }

  private static Duration waited(Duration pause) throws Exception {
    return waited(new Frozen(3, pause), _ -> {});
  }

  private static Duration waited(Frozen time, Consumer<AwakeTimeCall> before) throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Request request =
          new Request.Builder().url("http://127.0.0.1:" + silent.getLocalPort()).build();
      AwakeTimeCall call = new AwakeTimeCall(RunPodClient.newClient(), request, time);
      before.accept(call);
      assertThatThrownBy(() -> call.run(LIMIT))
          .isInstanceOf(IOException.class)
          .hasMessage("no answer in time");
    }
    return time.passed;
  }

  @Test
  void aProcessThatIsAwakeWaitsToTheLimit() throws Exception {
    assertThat(waited(Duration.ofSeconds(1))).isEqualTo(LIMIT);
  }

  /** Its answer is here already, or its connection is dead. */
  @Test
  void afterAPauseFiveSecondsMoreAreEnough() throws Exception {
    Duration pause = Duration.ofSeconds(11).plusNanos(1);
    assertThat(waited(pause)).isEqualTo(pause.plusSeconds(2).plusSeconds(5));
    assertThat(waited(Duration.ofSeconds(11))).isEqualTo(LIMIT.plusSeconds(10));
  }

  @Test
  void neitherAPauseNorHurryMakesTheWaitLonger() throws Exception {
    Duration pause = Duration.ofSeconds(30);
    assertThat(waited(new Frozen(19, pause), _ -> {})).isEqualTo(LIMIT.minusSeconds(1).plus(pause));
    Frozen awake = new Frozen(0, pause);
    assertThat(waited(awake, call -> call.hurry(Duration.ofSeconds(60)))).isEqualTo(LIMIT);
  }

  @Test
  void whoIsHurriedEndsSoon() throws Exception {
    Frozen awake = new Frozen(0, Duration.ZERO);
    assertThat(waited(awake, call -> call.hurry(Duration.ofSeconds(3))))
        .isEqualTo(Duration.ofSeconds(4));
  }
}
