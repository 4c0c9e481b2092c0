package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.ManualTime;
import java.time.Duration;
import java.util.Arrays;
import okio.ByteString;
import org.junit.jupiter.api.Test;

class RecentAnswersTest {
  private final ManualTime time = ManualTime.frozen();
  private final RecentAnswers recent = new RecentAnswers(time);

  private static EncodedAnswer.InMemory answer(int bytes, int content) {
    byte[] filled = new byte[bytes];
    Arrays.fill(filled, (byte) content);
    return new EncodedAnswer.InMemory(ByteString.of(filled));
  }

  @Test
  void aSuccessIsRememberedForTenMinutes() {
    recent.add("job", answer(3, 1));
    time.advance(Duration.ofMinutes(10));
    assertThat(recent.find("job")).contains(answer(3, 1));
    assertThat(recent.find("other")).isEmpty();
    time.advance(Duration.ofNanos(1));
    assertThat(recent.find("job")).isEmpty();
  }

  @Test
  void theOldestGoWhenThereAreManyBytes() {
    recent.add("first", answer(1 << 20, 1));
    recent.add("second", answer(1 << 20, 2));
    recent.add("third", answer(2 << 20, 3));
    assertThat(recent.find("first")).as("4 MiB fit").isPresent();
    recent.add("fourth", answer(1, 4));
    assertThat(recent.find("first")).isEmpty();
    assertThat(recent.find("second")).isPresent();
    assertThat(recent.find("fourth")).isPresent();
  }

  /** Its bytes count once. */
  @Test
  void aSecondAnswerOfAJobReplacesTheFirst() {
    recent.add("job", answer(3 << 20, 1));
    recent.add("job", answer(2 << 20, 2));
    recent.add("other", answer(2 << 20, 3));
    assertThat(recent.find("job")).contains(answer(2 << 20, 2));
    assertThat(recent.find("other")).isPresent();
  }

  @Test
  void whatIsForgottenMakesRoom() {
    recent.add("old", answer(3 << 20, 1));
    time.advance(Duration.ofMinutes(11));
    assertThat(recent.find("old")).isEmpty();
    recent.add("one", answer(2 << 20, 2));
    recent.add("two", answer(2 << 20, 3));
    assertThat(recent.find("one")).isPresent();
  }
}
