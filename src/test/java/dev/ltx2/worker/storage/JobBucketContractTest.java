package dev.ltx2.worker.storage;

import dev.ltx2.worker.fakes.S3Server;
import okhttp3.HttpUrl;

/** A bucket that the request names, with keys of its own. */
class JobBucketContractTest extends S3ServerContract {
  @Override
  Target target(String object) {
    return new Target.JobBucket(HttpUrl.get(server.url()), "videos", S3Server.KEY, S3Server.SECRET);
  }

  @Override
  String label() {
    return "s3Config";
  }
}
