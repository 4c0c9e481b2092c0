package dev.ltx2.worker.storage;

import dev.ltx2.worker.storage.client.Bucket;
import dev.ltx2.worker.storage.client.ObjectAddress;
import dev.ltx2.worker.storage.client.SafeName;
import java.util.Optional;

/**
 * Where a video belongs.
 *
 * @param fileName the API's {@code video_filename}
 * @param address empty where no bucket was set
 */
record Destination(String jobId, String fileName, Optional<ObjectAddress> address) {
  /** In a bucket: {@code prefix/job/ltx2_videos/file}. */
  static Destination in(Bucket bucket, String jobId, String fileName) {
    String object =
        bucket.under(SafeName.ofJob(jobId) + "/ltx2_videos/" + SafeName.ofFile(fileName));
    return new Destination(jobId, fileName, Optional.of(new ObjectAddress(bucket.id(), object)));
  }

  /** For a bucket that is set some day. */
  static Destination unknown(String jobId, String fileName) {
    return new Destination(jobId, fileName, Optional.empty());
  }
}
