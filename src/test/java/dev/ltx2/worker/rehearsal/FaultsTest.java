package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each fault does what it says, seen from a real client. */
class FaultsTest {
  @TempDir Path folder;

  @BeforeEach
  void images() throws IOException {
    Graphs.images(folder);
  }

  private Rehearsal start(InjectedFault... faults) {
    return LtxRehearsal.start(folder, InjectedFaults.of(faults), Clock.SYSTEM);
  }

  private static String post(Client client) throws IOException {
    return client.prompt(Graphs.multiframe()).body().path("prompt_id").asText();
  }

  private static JsonNode last(JsonNode entry) {
    JsonNode messages = entry.at("/status/messages");
    return messages.get(messages.size() - 1);
  }

  @Test
  void diesWithEveryConnectionReset() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.Die("ks"));
        Client client = new Client(rehearsal.url()).connect()) {
      post(client);
      assertThat(client.ended.get(10, TimeUnit.SECONDS)).startsWith("failed");
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() ->
              assertThatThrownBy(() -> client.get("/prompt")).isInstanceOf(IOException.class));
      try (Rehearsal again =
              LtxRehearsal.start(
                  folder, InjectedFaults.none(), Clock.SYSTEM, rehearsal.url().getPort());
          Client second = new Client(again.url())) {
        assertThat(second.get("/prompt").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void dropsTheSocketAndGoesOn() throws Exception {
    for (boolean reset : new boolean[] {false, true}) {
      try (Rehearsal rehearsal =
              start(new InjectedFault.DropSocket("SamplerCustomAdvanced", reset));
          Client client = new Client(rehearsal.url()).connect()) {
        String id = post(client);
        assertThat(client.ended.get(10, TimeUnit.SECONDS)).startsWith("failed");
        assertThat(last(client.history(id)).get(0).asText()).isEqualTo("execution_success");
      }
    }
  }

  @Test
  void goesSilentButEnds() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.Silence("ks"));
        Client client = new Client(rehearsal.url()).connect()) {
      String id = post(client);
      client.await("executing", "ks");
      assertThat(last(client.history(id)).get(0).asText()).isEqualTo("execution_success");
      // The queue's own status is of no prompt, and still comes.
      assertThat(client.await("status", null).at("/data/status").isMissingNode()).isFalse();
      assertThat(client.ended).isNotDone();
      assertThat(client.waiting()).isZero();
    }
  }

  @Test
  void sendsNoEventsAtAll() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.NoEvents());
        Client client = new Client(rehearsal.url()).connect()) {
      String id = post(client);
      assertThat(last(client.history(id)).get(0).asText()).isEqualTo("execution_success");
      client.await("status", null);
      assertThat(client.ended).isNotDone();
    }
  }

  @Test
  void runsOutOfMemoryOnce() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.OutOfMemory("ks", 1));
        Client client = new Client(rehearsal.url())) {
      JsonNode error = last(client.history(post(client)));
      assertThat(error.get(0).asText()).isEqualTo("execution_error");
      assertThat(error.at("/1/exception_type").asText()).isEqualTo("torch.OutOfMemoryError");
      assertThat(error.at("/1/exception_message").asText())
          .contains("CUDA out of memory")
          .contains("\nThis error means you ran out of memory on your GPU.");
      assertThat(last(client.history(post(client))).get(0).asText()).isEqualTo("execution_success");
    }
  }

  @Test
  void aCudaFaultLasts() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.CudaFault("ks"));
        Client client = new Client(rehearsal.url())) {
      for (int i = 0; i < 2; i++) {
        JsonNode error = last(client.history(post(client)));
        assertThat(error.at("/1/exception_type").asText()).isEqualTo("torch.AcceleratorError");
        assertThat(error.at("/1/exception_message").asText())
            .startsWith("CUDA error: an illegal memory access was encountered");
      }
    }
  }

  @Test
  void hangsUntilInterrupted() throws Exception {
    try (Rehearsal rehearsal = start(new InjectedFault.Hang("ks"));
        Client client = new Client(rehearsal.url()).connect()) {
      String id = post(client);
      client.await("executing", "ks");
      client.post("/interrupt", "{\"prompt_id\":\"" + id + "\"}");
      JsonNode entry = client.history(id);
      assertThat(last(entry).get(0).asText()).isEqualTo("execution_interrupted");
      assertThat(entry.at("/status/status_str").asText()).isEqualTo("error");
    }
  }

  @Test
  void ignoresInterrupts() throws Exception {
    try (Rehearsal rehearsal =
            start(
                new InjectedFault.IgnoreInterrupt(),
                new InjectedFault.SlowSteps(Duration.ofMillis(100)));
        Client client = new Client(rehearsal.url()).connect()) {
      String id = post(client);
      client.await("executing", "ks");
      assertThat(client.post("/interrupt", "{}").status()).isEqualTo(200);
      assertThat(last(client.history(id)).get(0).asText()).isEqualTo("execution_success");
    }
  }

  @Test
  void closesWhileHanging() throws Exception {
    Rehearsal rehearsal = start(new InjectedFault.IgnoreInterrupt(), new InjectedFault.Hang("ks"));
    try (Client client = new Client(rehearsal.url()).connect()) {
      post(client);
      client.await("executing", "ks");
      client.post("/interrupt", "");
      rehearsal.close();
      assertThat(client.ended.get(10, TimeUnit.SECONDS)).isEqualTo("closed 1001");
    }
  }
}
