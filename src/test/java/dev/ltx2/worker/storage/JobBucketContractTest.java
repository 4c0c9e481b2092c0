package dev.ltx2.worker.storage;

import dev.ltx2.worker.fakes.S3Server;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A bucket that the request names, with keys of its own. */
class JobBucketContractTest extends StoreContract {
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
    return Map.of();
  }

  @Override
  Target target(String object) {
    return new Target.JobBucket(HttpUrl.get(server.url()), "videos", S3Server.KEY, S3Server.SECRET);
  }

  @Override
  String label() {
    return "s3Config";
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
