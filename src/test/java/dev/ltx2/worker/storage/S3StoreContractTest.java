package dev.ltx2.worker.storage;

import dev.ltx2.worker.fakes.S3Server;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A bucket of the worker's own, on a server that checks signatures, conditions and checksums. */
class S3StoreContractTest extends StoreContract {
  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3Server.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  Map<String, String> environment() {
    return server.environment();
  }

  @Override
  Place place(String object) {
    return new Place(server.url() + "/videos/" + object, Optional.empty());
  }

  @Override
  byte[] stored(String object) throws Exception {
    return server.object(object);
  }
}
