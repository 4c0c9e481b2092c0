package dev.ltx2.worker.storage.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BoundedCallTest {
  private final BoundedCall call = new BoundedCall(UploadTimeouts.UPLOAD, Clock.SYSTEM);

  private StoreFault fault(BoundedCall.Request<String> request) {
    return catchThrowableOfType(
        StoreFault.class, () -> call.run(request, () -> Optional.of("never told")));
  }

  @Test
  void whatItAnswersIsPassedOn() throws Exception {
    assertThat(call.run(() -> "done", Optional::empty)).isEqualTo("done");
    StoreFault refused = new StoreFault(403, "403, refused");
    assertThat(
            fault(() -> {
              throw refused;
            }))
        .isSameAs(refused);
  }

  /** Messages of libraries hold addresses that let anybody write. */
  @Test
  void anUnexpectedFailureIsToldWithoutItsMessage() {
    StoreFault fault =
        fault(() -> {
          throw new IllegalStateException("https://upload?key");
        });
    assertThat(fault).hasMessage("IllegalStateException").hasNoCause();
    assertThat(fault.code()).isZero();
    assertThat(
            fault(() -> {
              throw new InterruptedException();
            }))
        .hasMessage("it was stopped");
  }

  /** A request that nobody waits for any more must not go on writing. */
  @Test
  void whatIsTooSlowIsEndedAndTheLastFaultTold() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    BoundedCall slow = new BoundedCall(UploadTimeouts.UPLOAD, ManualTime.skipping());
    assertThatThrownBy(() ->
            slow.run(
                () -> {
                  try {
                    return new CountDownLatch(1).await(1, TimeUnit.MINUTES);
                  } finally {
                    ended.countDown();
                  }
                },
                () -> Optional.of("status 503")))
        .isInstanceOf(StoreFault.class)
        .hasMessage("not done within 120 s; last: status 503");
    assertThat(ended.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void theClientGivesUpBeforeItIsCutOff() {
    assertThat(UploadTimeouts.UPLOAD.retrying()).isEqualTo(Duration.ofSeconds(114));
  }
}
