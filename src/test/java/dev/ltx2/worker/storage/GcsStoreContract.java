package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.storage.client.BoundedCall;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.Uploader;
import dev.ltx2.worker.storage.gcs.GcsBucket;
import dev.ltx2.worker.storage.gcs.GcsClient;
import dev.ltx2.worker.storage.gcs.GcsStoreClient;
import dev.ltx2.worker.storage.gcs.Retries;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against any server that speaks Google Cloud Storage's API. */
abstract class GcsStoreContract extends StoreContract {
  abstract URI url();

  @Override
  Map<String, String> environment() {
    return Map.of("GCS_BUCKET", "videos", "STORAGE_EMULATOR_HOST", url().toString());
  }

  @Override
  Place place(String object) {
    return new Place(
        "https://storage.googleapis.com/videos/" + object, Optional.of("gs://videos/"));
  }

  GcsBucket bucket() {
    return (GcsBucket) settings().bucket().orElseThrow();
  }

  static Uploader uploader(GcsBucket bucket, GcsStoreClient.Connector connector) {
    return new Uploader(
        bucket, new GcsStoreClient(bucket, QUICK, connector), new BoundedCall(QUICK, Clock.SYSTEM));
  }

  @Override
  byte[] stored(String object) throws StoreFault {
    Storage storage = GcsClient.build(bucket(), QUICK, new Retries("videos"));
    return storage.readAllBytes(BlobId.of("videos", object));
  }

  /** Bytes that change on their way: a store tells of them by 400, another by 412. */
  @ParameterizedTest
  @ValueSource(ints = {300_000, 9_000_000})
  void bytesThatArriveSpoiledAreSentAgain(int size) throws Exception {
    Path video = video(size);
    byte[] bytes = Files.readAllBytes(video);
    GcsBucket bucket = bucket();
    Uploader uploader =
        uploader(
            bucket,
            (b, patience, retries) -> spoilingOnce(GcsClient.build(b, patience, retries), video));
    String object = "spoiled-" + size;
    assertThat(uploader.upload(object, video, (_, _) -> {}).gcsUrl())
        .contains("gs://videos/" + object);
    assertThat(stored(object)).isEqualTo(bytes);
  }

  /** Its first upload reads another last byte than the checksum was made of. */
  private static Storage spoilingOnce(Storage real, Path video) {
    AtomicBoolean spoiled = new AtomicBoolean();
    return (Storage)
        Proxy.newProxyInstance(
            Storage.class.getClassLoader(),
            new Class<?>[] {Storage.class},
            (_, method, arguments) -> {
              byte[] good = Files.readAllBytes(video);
              boolean now = method.getName().equals("createFrom") && !spoiled.getAndSet(true);
              if (now) {
                byte[] bad = good.clone();
                bad[bad.length - 1]++;
                Files.write(video, bad);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (now) {
                  Files.write(video, good);
                }
              }
            });
  }
}
