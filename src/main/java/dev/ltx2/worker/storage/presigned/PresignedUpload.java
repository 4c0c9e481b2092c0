package dev.ltx2.worker.storage.presigned;

import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.net.AddressException;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.GuardedHttp;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.http.FileBody;
import dev.ltx2.worker.storage.http.HttpAnswer;
import dev.ltx2.worker.storage.http.HttpRequests;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import okhttp3.HttpUrl;
import okhttp3.Request;

/**
 * One PUT to an address that needs no key, as its query is one. Nothing is asked there before or
 * after: such an address allows nothing else.
 */
public final class PresignedUpload {
  private final AddressGuard guard;
  private final Clock time;
  private final HttpRequests requests;

  public PresignedUpload(AddressGuard guard, UploadTimeouts patience, Clock time) {
    this.guard = guard;
    this.time = time;
    this.requests =
        new HttpRequests(GuardedHttp.client(guard), "the server of output_url", patience, time);
  }

  /** The address without what makes it a key. */
  public static String shown(HttpUrl url) {
    return url.newBuilder().query(null).fragment(null).username("").password("").build().toString();
  }

  /** What the latest repetition was for. */
  public Optional<String> lastRetry() {
    return requests.lastRetry();
  }

  /**
   * Puts it there.
   *
   * @param headers as the address was signed with; of them alone comes a Content-Type
   * @throws StoreFault when it is not there, as far as can be known
   */
  public void put(HttpUrl url, Map<String, String> headers, Path file, Checksum checksum)
      throws StoreFault, InterruptedException {
    Request.Builder request =
        new Request.Builder()
            .put(new FileBody(file, checksum.size(), Optional.empty()))
            .header("User-Agent", "ltx2-worker");
    headers.forEach(request::header);
    try {
      request.url(guard.checked(url));
    } catch (AddressException e) {
      throw new StoreFault(0, e.getMessage());
    }
    HttpAnswer answer = requests.persist(() -> requests.send(request.build()));
    if (!answer.succeeded()) {
      throw new StoreFault(answer.code(), answer.code() + ", " + words(answer, url));
    }
    check(answer, checksum);
  }

  private String words(HttpAnswer answer, HttpUrl url) {
    if (Set.of(400, 401, 403).contains(answer.code()) && hasExpired(answer, url)) {
      return "the signature of output_url has expired";
    }
    return switch (answer.code()) {
      case 401, 403 ->
          "output_url was refused: its signature does not allow this PUT, or has expired; what it"
              + " was signed with must be in output_headers";
      case 404 -> "there is nothing at output_url";
      case 411, 413 -> "the server of output_url takes no file of this size";
      case 412 -> "something is at output_url already, and is not to be overwritten";
      case 429 -> "too many requests to output_url";
      case 301, 302, 303, 307, 308 -> "output_url redirects, which is not followed";
      default -> "the server of output_url did not take it";
    };
  }

  /** By its own query, or by the server's word for it. */
  private boolean hasExpired(HttpAnswer answer, HttpUrl url) {
    return SignedUntil.of(url).filter(time.now()::isAfter).isPresent()
        || answer.body().toLowerCase(Locale.ROOT).contains("expired");
  }

  /** Where the server tells a checksum, it is the one that counts. */
  private static void check(HttpAnswer answer, Checksum checksum) throws StoreFault {
    for (String told : answer.headers().values("x-goog-hash")) {
      for (String hash : told.split(",", -1)) {
        differs(hash.strip(), "crc32c=", checksum);
      }
    }
    differs(
        Optional.ofNullable(answer.headers().get("x-amz-checksum-crc32c")).orElse(""),
        "",
        checksum);
  }

  private static void differs(String told, String name, Checksum checksum) throws StoreFault {
    boolean names = !told.isEmpty() && told.startsWith(name);
    if (names && !told.substring(name.length()).equals(checksum.crc32c())) {
      throw new StoreFault(0, "what arrived at output_url has another checksum than what was sent");
    }
  }
}
