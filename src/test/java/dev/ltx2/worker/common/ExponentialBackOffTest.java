package dev.ltx2.worker.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExponentialBackOffTest {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofSeconds(30);

  /** 500 drawings of one of 5·10^8 nanoseconds and more: a few of them alike already are luck. */
  @Test
  void workersThatFailedTogetherDoNotReturnTogether() {
    for (int failures = 0; failures < 8; failures++) {
      Set<Duration> pauses = new HashSet<>();
      for (int worker = 0; worker < 500; worker++) {
        pauses.add(after(failures).next());
      }
      assertThat(pauses).as("after %d failures", failures).hasSizeGreaterThan(450);
    }
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    long[] whole = {1, 2, 4, 8, 16, 30, 30, 30};
    for (int failures = 0; failures < whole.length; failures++) {
      Duration longest = Duration.ofSeconds(whole[failures]);
      Duration shortestSeen = longest;
      Duration longestSeen = Duration.ZERO;
      for (int worker = 0; worker < 500; worker++) {
        Duration pause = after(failures).next();
        shortestSeen = pause.compareTo(shortestSeen) < 0 ? pause : shortestSeen;
        longestSeen = pause.compareTo(longestSeen) > 0 ? pause : longestSeen;
      }
      // 500 drawings come within a tenth of both ends, but for one run in 10^22
      assertThat(shortestSeen)
          .isBetween(longest.dividedBy(2), longest.multipliedBy(55).dividedBy(100));
      assertThat(longestSeen).isBetween(longest.multipliedBy(95).dividedBy(100), longest);
    }
  }

  @Test
  void countlessFailuresStayAtTheLongest() {
    assertThat(after(100_000).next()).isBetween(MOST.dividedBy(2), MOST);
  }

  @Test
  void aSuccessForgivesAll() {
    ExponentialBackOff backoff = after(10);
    backoff.reset();

    assertThat(backoff.next()).isBetween(FIRST.dividedBy(2), FIRST);
  }

  private static ExponentialBackOff after(int failures) {
    ExponentialBackOff backoff = new ExponentialBackOff(FIRST, MOST);
    for (int i = 0; i < failures; i++) {
      backoff.next();
    }
    return backoff;
  }
}
