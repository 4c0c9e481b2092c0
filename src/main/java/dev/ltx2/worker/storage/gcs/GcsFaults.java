package dev.ltx2.worker.storage.gcs;

import com.google.api.client.http.HttpResponseException;
import com.google.cloud.BaseServiceException;
import dev.ltx2.worker.storage.client.NetworkWords;
import dev.ltx2.worker.storage.client.StatusWords;
import dev.ltx2.worker.storage.client.StoreFault;
import java.io.IOException;
import java.util.List;

/** Translates what the client throws, by codes and types, never by messages. */
final class GcsFaults {
  private GcsFaults() {}

  /** What was thrown while that was asked of the bucket. */
  static StoreFault of(Exception thrown, GcsAction action, String bucket) {
    if (thrown instanceof StoreFault fault) {
      return fault;
    }
    List<Throwable> chain = NetworkWords.chain(thrown);
    for (Throwable link : chain) {
      if (link.getClass().getName().startsWith("com.google.auth.")) {
        return new StoreFault(401, "no access token for these credentials" + endpoint(chain));
      }
    }
    for (Throwable link : chain) {
      if (link instanceof BaseServiceException e && e.getCode() > 0) {
        return new StoreFault(e.getCode(), status(e.getCode(), action, bucket));
      }
      if (link instanceof HttpResponseException e) {
        return new StoreFault(e.getStatusCode(), status(e.getStatusCode(), action, bucket));
      }
    }
    return new StoreFault(0, network(chain));
  }

  private static String endpoint(List<Throwable> chain) {
    for (Throwable link : chain) {
      if (link instanceof HttpResponseException e) {
        return " (the token endpoint answered " + e.getStatusCode() + ")";
      }
    }
    return " (" + network(chain) + ")";
  }

  private static String status(int code, GcsAction action, String bucket) {
    return code == 412
        ? "412, an object of this name exists already"
        : StatusWords.of(code, action.permission(), bucket)
            .orElse("Google Cloud Storage answered " + code);
  }

  private static String network(List<Throwable> chain) {
    return NetworkWords.of(chain.getFirst())
        .orElseGet(() ->
            switch (chain.getFirst()) {
              case BaseServiceException e when e.getReason() != null ->
                  "upload failed: " + e.getReason();
              case IOException _ -> "the connection broke";
              case Throwable t -> t.getClass().getSimpleName();
            });
  }
}
