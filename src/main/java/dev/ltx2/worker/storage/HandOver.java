package dev.ltx2.worker.storage;

import dev.ltx2.worker.storage.client.Place;
import dev.ltx2.worker.storage.client.SafeName;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.Uploader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The order in which a video is handed over: to the place that the request names, to the worker's
 * bucket, and then what {@link Fallback} does. Each is tried only where those before it failed or
 * are not set; docs/operations.md has the same as a table.
 */
final class HandOver implements VideoStore {
  static final String NO_BUCKET = "GCS_BUCKET is not set";
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
  private final Targets targets;
  private final Optional<Uploader> bucket;
  private final Fallback fallback;

  HandOver(Targets targets, Optional<Uploader> bucket, Fallback fallback) {
    this.targets = targets;
    this.bucket = bucket;
    this.fallback = fallback;
  }

  @Override
  public Optional<String> refusal(Target target) {
    return targets.refusal(target);
  }

  @Override
  public Stored store(
      String jobId, Path file, String fileName, Target target, UploadListener listener)
      throws StorageException, InterruptedException {
    List<String> faults = new ArrayList<>();
    if (!(target instanceof Target.None)) {
      try {
        Place place = targets.upload(target, jobId, file, fileName);
        Stored.Uploaded uploaded = Stored.Uploaded.at(place, fileName);
        // Nothing can be proved there later, so this is said when it is known
        listener.begins(uploaded, VideoProofs.ARRIVED);
        return uploaded;
      } catch (StoreFault fault) {
        faults.add(target.label() + " upload failed: " + fault.getMessage());
        LOG.warn("Job {}: {}", SafeName.ofJob(jobId), faults.getFirst());
      }
    }
    return bucket.isPresent()
        ? intoBucket(bucket.get(), new FinishedVideo(jobId, file, fileName), faults, listener)
        : withoutBucket(jobId, file, fileName, faults);
  }

  private record FinishedVideo(String jobId, Path file, String fileName) {}

  private Stored intoBucket(
      Uploader uploader, FinishedVideo video, List<String> faults, UploadListener listener)
      throws StorageException, InterruptedException {
    Destination to = Destination.in(uploader.bucket(), video.jobId(), video.fileName());
    String object = to.address().orElseThrow().object();
    Optional<String> before = faults.stream().findFirst();
    try {
      Place place =
          uploader.upload(
              object,
              video.file(),
              (there, checksum) ->
                  listener.begins(
                      Stored.Uploaded.at(there, video.fileName()).because(before),
                      VideoProofs.Proof.of(to.address().orElseThrow(), checksum).text()));
      return Stored.Uploaded.at(place, video.fileName()).because(before);
    } catch (StoreFault fault) {
      String store = uploader.bucket().store();
      String own = store + " upload failed: " + fault.getMessage();
      faults.add(own);
      return fallback.handOver(
          to,
          video.file(),
          new Fallback.Reason(
              String.join("; ", faults), Optional.of(own).filter(_ -> store.equals("GCS"))),
          " and will be at " + uploader.bucket().promised(object));
    }
  }

  /** A file on the disk of a platform's worker is lost with it. */
  private Stored withoutBucket(String jobId, Path file, String fileName, List<String> faults)
      throws StorageException {
    Fallback.Reason reason =
        faults.isEmpty()
            ? new Fallback.Reason(NO_BUCKET, Optional.of(NO_BUCKET))
            : new Fallback.Reason(faults.getFirst(), Optional.empty());
    return fallback.handOver(
        Destination.unknown(jobId, fileName),
        file,
        reason,
        ", from where it is sent once GCS_BUCKET is set");
  }
}
