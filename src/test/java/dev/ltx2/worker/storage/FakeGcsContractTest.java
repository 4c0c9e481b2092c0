package dev.ltx2.worker.storage;

import dev.ltx2.worker.fakes.FakeGcs;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;

class FakeGcsContractTest extends GcsStoreContract {
  private final FakeGcs gcs = FakeGcs.start();

  @AfterEach
  void stop() {
    gcs.close();
  }

  @Override
  URI url() {
    return gcs.url();
  }
}
