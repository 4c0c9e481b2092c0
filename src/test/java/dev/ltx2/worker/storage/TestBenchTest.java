package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.gax.rpc.FixedHeaderProvider;
import com.google.cloud.storage.Storage;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.storage.client.Uploader;
import dev.ltx2.worker.storage.gcs.GcsClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same against googleapis/storage-testbench, with its fault scripts, where one runs at {@code
 * -Dstorage.testbench=http://127.0.0.1:9000}.
 */
@EnabledIfSystemProperty(named = "storage.testbench", matches = "http.*")
class TestBenchTest extends GcsStoreContract {
  private static final int THREE_CHUNKS = 9_000_000;

  @BeforeEach
  void makeBucket() throws Exception {
    send("DELETE", "/storage/v1/b/videos", "");
    send("POST", "/storage/v1/b?project=p", "{\"name\":\"videos\"}");
  }

  @Override
  URI url() {
    return URI.create(System.getProperty("storage.testbench"));
  }

  private String send(String method, String path, String json) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(url().resolve(path))
                  .header("Content-Type", "application/json")
                  .method(method, BodyPublishers.ofString(json))
                  .build(),
              BodyHandlers.ofString())
          .body();
    }
  }

  /** A store whose uploads meet these faults, one after the other. */
  private VideoStore failing(String faults) throws Exception {
    String list =
        Arrays.stream(faults.split(" ", -1)).collect(Collectors.joining("\",\"", "\"", "\""));
    String made =
        send(
            "POST",
            "/retry_test",
            "{\"transport\":\"HTTP\",\"instructions\":{\"storage.objects.insert\":["
                + list
                + "]}}");
    String id = made.replaceAll("(?s).*\"id\": ?\"([^\"]+)\".*", "$1");
    assertThat(id).as(made).doesNotContain("{");
    Uploader uploader =
        uploader(
            bucket(),
            (b, patience, retries) -> {
              Storage plain = GcsClient.build(b, patience, retries);
              return plain.getOptions().toBuilder()
                  .setHeaderProvider(FixedHeaderProvider.create(Map.of("x-retry-test-id", id)))
                  .build()
                  .getService();
            });
    return store(uploader, settings().keepDir(), Clock.SYSTEM);
  }

  private Path threeChunks() throws IOException {
    byte[] bytes = new byte[THREE_CHUNKS];
    new Random(3).nextBytes(bytes);
    return Files.write(temp.resolve("three.mp4"), bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "return-503",
    "return-503 return-503 return-503",
    "return-429",
    "return-reset-connection",
    "return-503-after-256K",
    "return-503-after-5120K",
    "return-504-after-5120K return-408-after-8192K",
    "return-broken-stream-final-chunk-after-1024B",
    "return-400-after-5120K",
    "return-401-after-5120K",
    "return-499-after-5120K",
    "return-410-after-5120K",
    "return-401-after-5120K return-499-after-5120K",
  })
  void survives(String faults) throws Exception {
    Path video = threeChunks();
    assertThat(put(failing(faults), "job", video)).isInstanceOf(Stored.Uploaded.class);
    assertThat(stored("ugc_media/job/ltx2_videos/a.mp4")).isEqualTo(Files.readAllBytes(video));
  }
}
