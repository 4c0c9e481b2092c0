package dev.ltx2.worker.input;

import java.io.IOException;
import java.net.Proxy;
import java.time.Duration;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Posts JSON to addresses that clients chose, under the guard that downloads have: a webhook must
 * not reach what only this machine's network can.
 */
public final class GuardedPost {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final MediaType JSON = MediaType.get("application/json");

  private final AddressGuard guard;
  private final OkHttpClient client;

  /** Posts; to addresses that are not public only where that is allowed. */
  public GuardedPost(boolean allowPrivate) {
    this.guard = new AddressGuard(Dns.SYSTEM, allowPrivate ? _ -> true : AddressGuard::isPublic);
    this.client =
        new OkHttpClient.Builder()
            .dns(guard)
            .addNetworkInterceptor(guard)
            .proxy(Proxy.NO_PROXY)
            .socketFactory(new HttpFetch.DirectSockets())
            .followRedirects(false)
            .followSslRedirects(false)
            .callTimeout(TIMEOUT)
            .build();
  }

  /**
   * One post, without following redirects.
   *
   * @return the status of the answer
   * @throws IOException when there is none; the message says why, without the address
   */
  public int post(String address, byte[] json) throws IOException {
    HttpUrl url = HttpUrl.parse(address);
    if (url == null) {
      throw new IOException("the address is not valid");
    }
    try {
      url = guard.checked(url);
    } catch (FetchException e) {
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
