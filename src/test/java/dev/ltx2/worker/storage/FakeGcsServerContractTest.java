package dev.ltx2.worker.storage;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** The same against somebody else's idea of the API, where Docker runs. */
@Testcontainers(disabledWithoutDocker = true)
class FakeGcsServerContractTest extends GcsStoreContract {
  private static final int PORT = 4443;

  @Container
  private static final GenericContainer<?> SERVER =
      new GenericContainer<>("fsouza/fake-gcs-server:1.52.2")
          .withExposedPorts(PORT)
          .withCreateContainerCmdModifier(
              command -> command.withEntrypoint("/bin/fake-gcs-server", "-scheme", "http"))
          .waitingFor(Wait.forHttp("/storage/v1/b"));

  /** It hands out upload URLs under the address that it believes to have. */
  @BeforeAll
  static void tellItsAddress() throws IOException, InterruptedException {
    put("/_internal/config", "PUT", "{\"externalUrl\":\"" + address() + "\"}");
  }

  @BeforeEach
  void makeBucket() throws IOException, InterruptedException {
    put("/storage/v1/b", "POST", "{\"name\":\"videos\"}");
  }

  private static void put(String path, String method, String json)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      http.send(
          HttpRequest.newBuilder(URI.create(address() + path))
              .header("Content-Type", "application/json")
              .method(method, BodyPublishers.ofString(json))
              .build(),
          BodyHandlers.discarding());
    }
  }

  private static String address() {
    return "http://" + SERVER.getHost() + ":" + SERVER.getMappedPort(PORT);
  }

  @Override
  URI url() {
    return URI.create(address());
  }
}
