package dev.ltx2.worker.net;

import java.io.IOException;
import java.time.Duration;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Posts JSON to addresses that strangers name, such as webhooks. */
public final class GuardedPost {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final MediaType JSON = MediaType.get("application/json");

  private final AddressGuard guard;
  private final OkHttpClient client;

  /** Posts to whom the guard allows. */
  public GuardedPost(AddressGuard guard) {
    this.guard = guard;
    this.client = GuardedHttp.client(guard).callTimeout(TIMEOUT).build();
  }

  /**
   * One post, without following redirects.
   *
   * @return the status of the answer
   * @throws IOException when there is none; the message says why
   */
  public int post(String address, byte[] json) throws IOException {
    HttpUrl url = HttpUrl.parse(address);
    if (url == null) {
      throw new IOException("the address is not valid");
    }
    try {
      url = guard.checked(url);
    } catch (AddressException e) {
      throw new IOException(e.getMessage(), e);
    }
    Request request =
        new Request.Builder()
            .url(url)
            .header("User-Agent", "ltx2-worker")
            .post(RequestBody.create(json, JSON))
            .build();
    try (Response response = client.newCall(request).execute()) {
      return response.code();
    }
  }
}
