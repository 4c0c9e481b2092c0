package dev.ltx2.worker.storage;

import com.google.api.client.http.HttpResponseException;
import com.google.cloud.BaseServiceException;
import dev.ltx2.worker.common.ExplainedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * Why Google Cloud Storage did not do something, in words for people. It carries no cause: the
 * library's messages hold upload URLs, which let anybody write, and answers of token endpoints.
 */
final class GcsFault extends ExplainedException {
  /** What was asked of the bucket, and the permission it takes. */
  enum Action {
    CREATE("storage.objects.create"),
    READ("storage.objects.get"),
    DELETE("storage.objects.delete");

    private final String permission;

    Action(String permission) {
      this.permission = permission;
    }

    String permission() {
      return permission;
    }
  }

  private final int code;

  /**
   * @param code the HTTP status; 0 when there was none
   */
  GcsFault(int code, String message) {
    super(message, null);
    this.code = code;
  }

  int code() {
    return code;
  }

  /** Translates what the client threw, by codes and types, never by messages. */
  static GcsFault of(Exception thrown, Action action, String bucket) {
    if (thrown instanceof GcsFault fault) {
      return fault;
    }
    List<Throwable> chain = chain(thrown);
    for (Throwable link : chain) {
      if (link.getClass().getName().startsWith("com.google.auth.")) {
        return new GcsFault(401, "no access token for these credentials" + endpoint(chain));
      }
    }
    for (Throwable link : chain) {
      if (link instanceof BaseServiceException e && e.getCode() > 0) {
        return new GcsFault(e.getCode(), status(e.getCode(), action, bucket));
      }
      if (link instanceof HttpResponseException e) {
        return new GcsFault(e.getStatusCode(), status(e.getStatusCode(), action, bucket));
      }
    }
    return new GcsFault(0, network(chain));
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = thrown; t != null && chain.size() < 20; t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }

  private static String endpoint(List<Throwable> chain) {
    for (Throwable link : chain) {
      if (link instanceof HttpResponseException e) {
        return " (the token endpoint answered " + e.getStatusCode() + ")";
      }
    }
    return " (" + network(chain) + ")";
  }

  private static String status(int code, Action action, String bucket) {
    return switch (code) {
      case 401 -> "401, the credentials were refused";
      case 403 ->
          "403, permission denied: the credentials need "
              + action.permission()
              + " on bucket "
              + bucket;
      case 404 -> "404, bucket " + bucket + " does not exist";
      case 412 -> "412, an object of this name exists already";
      case 429 -> "429, too many requests";
      default -> "Google Cloud Storage answered " + code;
    };
  }

  private static String network(List<Throwable> chain) {
    for (Throwable link : chain.reversed()) {
      String words =
          switch (link) {
            case UnknownHostException _ -> "the host name of the storage was not found";
            case ConnectException _ -> "connection refused";
            case NoRouteToHostException _ -> "the storage cannot be reached";
            case SocketTimeoutException _ -> "no answer in time";
            case SSLException _ -> "TLS failed";
            case SocketException _ -> "the connection broke";
            default -> null;
          };
      if (words != null) {
        return words;
      }
    }
    return switch (chain.getFirst()) {
      case BaseServiceException e when e.getReason() != null -> "upload failed: " + e.getReason();
      case IOException _ -> "the connection broke";
      case Throwable t -> t.getClass().getSimpleName();
    };
  }
}
