package dev.ltx2.worker.storage;

import dev.ltx2.worker.fakes.S3Server;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** On a server that speaks S3, with its bucket; without settings of the worker's own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class S3ServerContract extends StoreContract {
  S3Server server;

  @BeforeAll
  void start() {
    server = S3Server.start();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Override
  Map<String, String> environment() {
    return Map.of();
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
