package dev.ltx2.worker.fakes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.logging.Logger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class NoLeakedConnectionsTest {
  @Test
  void aBodyThatNobodyClosesIsHeardOf() throws Exception {
    try (MockWebServer server = new MockWebServer()) {
      server.start();
      OkHttpClient client = new OkHttpClient();
      server.enqueue(new MockResponse.Builder().body("lost").build());
      lose(client, server);
      Awaitility.await()
          .until(() -> {
            System.gc();
            // Another connection makes OkHttp look at those it has.
            server.enqueue(new MockResponse.Builder().body("kept").build());
            client.newCall(new Request.Builder().url(server.url("/")).build()).execute().close();
            client.connectionPool().evictAll();
            return !NoLeakedConnections.taken().isEmpty();
          });
    }
  }

  @SuppressWarnings("MustBeClosed")
  private static void lose(OkHttpClient client, MockWebServer server) throws Exception {
    var _ = client.newCall(new Request.Builder().url(server.url("/")).build()).execute();
  }

  @Test
  void otherWarningsAreNone() {
    Logger.getLogger("okhttp3.OkHttpClient").fine("a call was slow");
    assertThat(NoLeakedConnections.taken()).isEqualTo(List.of());
  }
}
