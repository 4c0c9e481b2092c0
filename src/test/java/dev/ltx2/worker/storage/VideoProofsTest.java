package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.fakes.FakeGcs;
import dev.ltx2.worker.storage.client.ObjectAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client is told of a video that is there, and of no other. */
class VideoProofsTest {
  private static final Checksum CHECKSUM = new Checksum(3, "AAAAAA==");
  private final FakeGcs gcs = FakeGcs.start();
  @TempDir Path temp;

  @AfterEach
  void close() {
    gcs.close();
  }

  private VideoProofs proofs(String bucket) {
    Map<String, String> environment = new HashMap<>();
    environment.put("GCS_BUCKET", bucket);
    environment.put("STORAGE_EMULATOR_HOST", gcs.url().toString());
    environment.put("KEEP_DIR", temp.resolve("unsent").toString());
    return new VideoProofs(StorageSettings.from(environment), StoreContract.QUICK, Clock.SYSTEM);
  }

  private static String proof(String bucket) {
    return VideoProofs.Proof.of(new ObjectAddress(bucket, "o/a.mp4"), CHECKSUM).text();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{}",
        "no JSON",
        "{\"object\":\"o/a.mp4\",\"size\":3,\"crc32c\":\"AAAAAA==\"}",
        "{\"bucket\":\"videos\",\"size\":3,\"crc32c\":\"AAAAAA==\"}",
        "{\"bucket\":\"videos\",\"object\":\"o/a.mp4\",\"size\":3}"
      })
  void whatIsNoProofProvesNothing(String text) throws Exception {
    assertThat(proofs("").hold(text)).isFalse();
    assertThat(gcs.requests()).isEmpty();
  }

  @Test
  void whatHasArrivedNeedsNoLook() throws Exception {
    assertThat(proofs("").hold(VideoProofs.ARRIVED)).isTrue();
    assertThat(
            VideoProofs.of(StorageSettings.from(Map.of()), Clock.SYSTEM).hold(VideoProofs.ARRIVED))
        .isTrue();
  }

  /** Another worker of the endpoint may have what is needed to look. */
  @Test
  void whereNobodyCanLookNothingIsSaid() throws Exception {
    assertThatThrownBy(() -> proofs("").hold(proof("videos")))
        .isInstanceOf(StorageException.class)
        .hasMessage("GCS_BUCKET is not set");
    assertThatThrownBy(() -> proofs("videos").hold(proof("elsewhere")))
        .isInstanceOf(StorageException.class)
        .hasMessage("its video went to bucket elsewhere, and this worker's is videos");
    assertThat(gcs.requests()).isEmpty();
    Files.writeString(temp.resolve("unsent"), "a file in the way");
    assertThatThrownBy(() -> proofs("videos").hold(proof("videos")))
        .isInstanceOf(StorageException.class)
        .hasMessageStartingWith("KEEP_DIR cannot be read: ");
  }

  /** It waits for its own video alone, not for whatever else is unsent. */
  @Test
  void anotherVideoThatWaitsSaysNothing() throws Exception {
    Leases leases = new Leases(Clock.SYSTEM);
    KeepFolder keep = new KeepFolder(temp.resolve("unsent"), leases, Clock.SYSTEM);
    ObjectAddress other = new ObjectAddress("videos", "o/b.mp4");
    Path video = Files.write(temp.resolve("b.mp4"), new byte[] {1, 2, 3});
    keep.keep(new Destination("job", "b.mp4", Optional.of(other)), video, "why");
    assertThat(proofs("videos").hold(proof("videos"))).isFalse();
    assertThat(proofs("videos").hold(VideoProofs.Proof.of(other, CHECKSUM).text())).isFalse();
    String own = VideoProofs.Proof.of(other, Checksum.of(video)).text();
    assertThatThrownBy(() -> proofs("videos").hold(own)).hasMessageContaining("still to be sent");
  }
}
