package dev.ltx2.worker.models;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * The servers that models come from. Redirects are followed by hand: the hub's first answer carries
 * {@code X-Linked-Size} and {@code X-Linked-ETag}, and the token goes to the hub alone, never to
 * the host it redirects to.
 */
public final class Hub implements AutoCloseable {
  /**
   * A secret for one host.
   *
   * @param host name and, where it is not the scheme's own, port
   */
  public record Token(String host, String value) {
    @Override
    public String toString() {
      return "token for " + host;
    }
  }

  /** Fails for good: asking again would bring the same answer. */
  static final class RefusedException extends IOException {
    RefusedException(String sentence) {
      super(sentence);
    }
  }

  private static final int MOST_REDIRECTS = 5;
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
  private static final Pattern SHA256 = Pattern.compile("(?:W/)?\"?([0-9a-f]{64})\"?");

  private final OkHttpClient client;
  private final Optional<Token> token;

  /** With {@code silence} as the longest wait for the next bytes. */
  public Hub(Optional<Token> token, Duration silence) {
    this.token = token;
    this.client =
        new OkHttpClient.Builder()
            .followRedirects(false)
            .retryOnConnectionFailure(false)
            .connectTimeout(silence)
            .readTimeout(silence)
            .build();
  }

  /** Whether requests for this address carry a token. */
  boolean hasTokenFor(URI url) {
    @Nullable HttpUrl http = HttpUrl.get(url);
    return http != null && token.filter(secret -> mayKnow(secret, http)).isPresent();
  }

  /** Size and, where the server tells it, SHA-256. */
  RemoteFile ask(URI url) throws IOException {
    Linked linked = new Linked();
    try (Response response = get(url, "bytes=0-0", linked)) {
      long size;
      if (response.code() == 206) {
        size = range(response)[2];
      } else {
        size = response.body().contentLength();
      }
      if (size < 0) {
        size = linked.size;
      }
      if (size <= 0) {
        throw new RefusedException("the server does not tell the file's size");
      }
      if (linked.size >= 0 && linked.size != size) {
        throw new IOException("the hub says " + linked.size + " bytes and its storage " + size);
      }
      return new RemoteFile(size, Optional.ofNullable(linked.sha256), response.code() == 206);
    }
  }

  /** The bytes from {@code first} to {@code last} of a file of {@code size} bytes. */
  Response part(URI url, long first, long last, long size) throws IOException {
    Response response = get(url, "bytes=" + first + "-" + last, new Linked());
    try {
      if (response.code() != 206) {
        throw new IOException("the server no longer sends parts");
      }
      long[] range = range(response);
      if (range[0] != first || range[1] > last || range[2] != size) {
        throw new IOException("the server sent another part than asked for");
      }
      return response;
    } catch (IOException e) {
      response.close();
      throw e;
    }
  }

  /** The whole file. */
  Response whole(URI url) throws IOException {
    return get(url, null, new Linked());
  }

  /** What the hub's own answer says, before it redirects to a storage. */
  private static final class Linked {
    private long size = -1;
    private @Nullable String sha256;

    void read(Response response) throws IOException {
      String linkedSize = response.header("X-Linked-Size");
      if (linkedSize != null && linkedSize.matches("\\d{1,15}")) {
        size = Long.parseLong(linkedSize);
      }
      String tag = response.header("X-Linked-ETag");
      Matcher sha = SHA256.matcher(tag == null ? "" : tag);
      if (sha.matches()) {
        sha256 = sha.group(1);
      }
    }
  }

  private Response get(URI start, @Nullable String range, Linked linked) throws IOException {
    HttpUrl first = Objects.requireNonNull(HttpUrl.get(start), "not an http address");
    HttpUrl url = first;
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      Request.Builder request =
          new Request.Builder()
              .url(url)
              .header("User-Agent", "ltx2-worker")
              // Compressed answers have neither ranges nor the file's length.
              .header("Accept-Encoding", "identity");
      if (range != null) {
        request.header("Range", range);
      }
      HttpUrl here = url;
      token
          .filter(secret -> mayKnow(secret, here))
          .ifPresent(secret -> request.header("Authorization", "Bearer " + secret.value()));
      Response response = client.newCall(request.build()).execute();
      if (sameHost(url, first)) {
        linked.read(response);
      }
      if (!response.isRedirect()) {
        return good(response, start);
      }
      String location = response.header("Location");
      response.close();
      url = redirected(url, location);
    }
    throw new RefusedException("more than " + MOST_REDIRECTS + " redirects");
  }

  private static HttpUrl redirected(HttpUrl from, @Nullable String location)
      throws RefusedException {
    @Nullable HttpUrl to = location == null ? null : from.resolve(location);
    if (to == null || (from.isHttps() && !to.isHttps())) {
      throw new RefusedException(from.host() + " redirects to no usable address");
    }
    return to;
  }

  private static boolean sameHost(HttpUrl one, HttpUrl other) {
    return one.host().equals(other.host()) && one.port() == other.port();
  }

  private static boolean mayKnow(Token secret, HttpUrl url) {
    String host =
        url.port() == HttpUrl.defaultPort(url.scheme())
            ? url.host()
            : url.host() + ":" + url.port();
    return host.equals(secret.host()) && (url.isHttps() || url.host().equals("127.0.0.1"));
  }

  private static Response good(Response response, URI asked) throws IOException {
    int code = response.code();
    if (code == 200 || code == 206) {
      return response;
    }
    String host = response.request().url().host();
    boolean told = response.request().header("Authorization") != null;
    response.close();
    String said = host + " answered " + code;
    throw switch (code) {
      case 401, 403 ->
          new RefusedException(
              said
                  + (told
                      ? ": HF_TOKEN does not open this file; accept the terms with its account on "
                      : ": accept the terms, if it has any, and set HF_TOKEN: ")
                  + ModelFile.page(asked.toString()));
      case 404 -> new RefusedException(said + ": no such file there; correct the list's URL");
      case 408, 425, 429, 500, 502, 503, 504 -> new IOException(said);
      default -> new RefusedException(said);
    };
  }

  private static long[] range(Response response) throws IOException {
    String header = response.header("Content-Range");
    Matcher range = CONTENT_RANGE.matcher(header == null ? "" : header);
    if (!range.matches()) {
      throw new IOException("the server sent a part without saying which");
    }
    return new long[] {
      Long.parseLong(range.group(1)), Long.parseLong(range.group(2)), Long.parseLong(range.group(3))
    };
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }
}
