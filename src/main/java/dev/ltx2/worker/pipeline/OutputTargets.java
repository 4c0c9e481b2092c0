package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.output.OutputPlace;
import dev.ltx2.worker.storage.Target;
import dev.ltx2.worker.storage.VideoStore;
import java.util.Optional;

/** A request's own place as the store knows it. */
final class OutputTargets {
  private OutputTargets() {}

  /**
   * The place, as far as it can be used.
   *
   * @throws InvalidRequestException when it cannot, which is told before the GPU is asked
   */
  static Target of(OutputPlace place, VideoStore store) throws InvalidRequestException {
    Target target =
        switch (place) {
          case OutputPlace.Usual() -> new Target.None();
          case OutputPlace.Address(var url, var headers) -> new Target.PresignedPut(url, headers);
          case OutputPlace.S3Config(var endpoint, var bucket, var id, var secret) ->
              new Target.JobBucket(endpoint, bucket, id, secret);
        };
    Optional<String> refusal = store.refusal(target);
    if (refusal.isPresent()) {
      throw InvalidRequestException.of(target.label(), refusal.get());
    }
    return target;
  }
}
