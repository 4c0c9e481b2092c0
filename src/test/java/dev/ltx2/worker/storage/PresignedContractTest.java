package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.S3Server;
import dev.ltx2.worker.storage.s3.PresignedUrls;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

/** Addresses that the request names, signed for a PUT, on a server that checks signatures. */
class PresignedContractTest extends S3ServerContract {
  @Override
  Target target(String object) {
    return signed(object, Instant.now());
  }

  private Target.PresignedPut signed(String object, Instant when) {
    HttpUrl url =
        PresignedUrls.put(HttpUrl.get(server.url()), object, S3Server.KEY, S3Server.SECRET, when);
    return new Target.PresignedPut(url, Map.of());
  }

  @Override
  String label() {
    return "output_url";
  }

  /** Signed for an hour, two hours ago. */
  @Test
  void anExpiredSignatureIsToldAsSuch() throws Exception {
    Target.PresignedPut old = signed(object("old"), Instant.now().minus(Duration.ofHours(2)));
    Path video = video(1000);
    assertThat(store().store("old", video, "a.mp4", old, (_, _) -> {}))
        .isEqualTo(
            new Stored.Inline(
                video,
                "output_url upload failed: 403, the signature of output_url has expired",
                Optional.empty()));
    assertThat(store().refusal(old).orElseThrow())
        .startsWith("output_url: its signature expired at 20");
    assertThat(store().refusal(target("x"))).isEmpty();
  }

  @Test
  void aSignatureForSomethingElseIsRefused() throws Exception {
    HttpUrl good = signed(object("a"), Instant.now()).url();
    HttpUrl other = good.newBuilder().encodedPath("/videos/other").build();
    Path video = video(1000);
    Stored stored =
        store(QUICK, Clock.SYSTEM)
            .store("a", video, "a.mp4", new Target.PresignedPut(other, Map.of()), (_, _) -> {});
    assertThat(stored)
        .isInstanceOfSatisfying(
            Stored.Inline.class,
            inline ->
                assertThat(inline.storeError())
                    .startsWith("output_url upload failed: 403, output_url was refused"));
    assertThat(server.has("other")).isFalse();
  }
}
