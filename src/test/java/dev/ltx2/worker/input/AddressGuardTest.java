package dev.ltx2.worker.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.net.AddressGuard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Credentials;
import okhttp3.Dns;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real sockets and a scripted resolver. 127.0.0.2 plays the public internet; whatever listens on
 * 127.0.0.1 must never be connected to.
 */
class AddressGuardTest {
  private static final String PUBLIC = "127.0.0.2";
  private static final String REMEDY =
      " is not public; set ALLOW_PRIVATE_INPUTS=true for local work";

  @TempDir Path dir;
  private final Map<String, List<String>> names = new ConcurrentHashMap<>();
  private final AtomicInteger lookups = new AtomicInteger();
  private final MockWebServer web = new MockWebServer();
  private Peer inner;
  private Downloads downloads;

  @BeforeEach
  void start() throws IOException {
    web.start(InetAddress.ofLiteral(PUBLIC), 0);
    inner = new Peer((_, out) -> Peer.send(out, "HTTP/1.1 200 OK\r\n\r\nsecret"));
    downloads = downloads(this::resolve);
    names.put("public.test", List.of(PUBLIC));
    names.put("other.test", List.of(PUBLIC));
    names.put("inner.test", List.of("127.0.0.1"));
    names.put("mixed.test", List.of(PUBLIC, "10.0.0.1"));
    names.put("mixed6.test", List.of("2606:4700::1111", "::1"));
    names.put("metadata.test", List.of("169.254.169.254"));
    names.put("six.test", List.of("fd00:ec2::254"));
    names.put("mapped.test", List.of("::ffff:127.0.0.1"));
    names.put("nat64.test", List.of("64:ff9b::7f00:1"));
    names.put("empty.test", List.of());
  }

  @AfterEach
  void stop() throws IOException {
    web.close();
    inner.close();
  }

  private static Downloads downloads(Dns resolver) {
    AddressGuard guard =
        new AddressGuard(
            resolver,
            address -> AddressGuard.isPublic(address) || address.getHostAddress().equals(PUBLIC));
    return new Downloads(Downloads.Options.DEFAULTS, guard, ManualTime.skipping());
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    lookups.incrementAndGet();
    if (!names.containsKey(host)) {
      throw new UnknownHostException(host);
    }
    return names.get(host).stream().map(InetAddress::ofLiteral).toList();
  }

  private String failure(String url) {
    DownloadException failure =
        catchThrowableOfType(
            DownloadException.class, () -> downloads.fetch(Fixtures.image(url, null), dir));
    assertThat(failure).as(url).isNotNull();
    assertThat(failure.retryable()).as(failure.getMessage()).isFalse();
    assertThat(failure).hasMessageStartingWith("Failed to download image: ");
    return failure.getMessage().substring("Failed to download image: ".length());
  }

  /** Each URL is tried as it is and as the target of a redirect. PORT is the inner server's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://127.0.0.1:PORT/              | 127.0.0.1",
        "HTTP://127.0.0.1:PORT/              | 127.0.0.1",
        "http://127.0.0.1.:PORT/             | 127.0.0.1",
        "http://127.1:PORT/                  | 127.0.0.1",
        "http://127.0.1:PORT/                | 127.0.0.1",
        "http://2130706433:PORT/             | 127.0.0.1",
        "http://0x7f000001:PORT/             | 127.0.0.1",
        "http://0x7f.1:PORT/                 | 127.0.0.1",
        "http://0X7F.0.0.0x1:PORT/           | 127.0.0.1",
        "http://0177.0.0.1:PORT/             | 127.0.0.1",
        "http://0177.0.0.01:PORT/            | 127.0.0.1",
        "http://017700000001:PORT/           | 127.0.0.1",
        "http://0x7f.0.0x0.01:PORT/          | 127.0.0.1",
        "http://127.0.0.0x1:PORT/            | 127.0.0.1",
        "http://%31%32%37.0.0.1:PORT/        | 127.0.0.1",
        "http://%30x7f.1:PORT/               | 127.0.0.1",
        "http://１２７.０.０.１:PORT/        | 127.0.0.1",
        "http://127。0。0。1:PORT/           | 127.0.0.1",
        "http://①②⑦.0.0.1:PORT/              | 127.0.0.1",
        "http://a:b@127.0.0.1:PORT/          | 127.0.0.1",
        "http://public.test@127.0.0.1:PORT/  | 127.0.0.1",
        "http://public.test:80@127.1:PORT/   | 127.0.0.1",
        "http:\\\\127.0.0.1:PORT\\           | 127.0.0.1",
        "http://127.0.0.1:PORT\\@public.test | 127.0.0.1",
        "http:////127.0.0.1:PORT/            | 127.0.0.1",
        "https://127.0.0.1:PORT/             | 127.0.0.1",
        "http://127.255.255.254:PORT/        | 127.255.255.254",
        "http://0:PORT/                      | 0.0.0.0",
        "http://0.0.0.0:PORT/                | 0.0.0.0",
        "http://0x:PORT/                     | 0.0.0.0",
        "http://00000000000:PORT/            | 0.0.0.0",
        "http://0x00000000000000007f.0.0.1:PORT/ | 127.0.0.1",
        "http://10.0.0.1/                    | 10.0.0.1",
        "http://10.255.255.255/              | 10.255.255.255",
        "http://012.0.0.1/                   | 10.0.0.1",
        "http://167772161/                   | 10.0.0.1",
        "http://172.16.0.1/                  | 172.16.0.1",
        "http://172.31.255.255/              | 172.31.255.255",
        "http://192.168.0.1/                 | 192.168.0.1",
        "http://192.168.257/                 | 192.168.1.1",
        "http://169.254.169.254/latest/      | 169.254.169.254",
        "http://2852039166/latest/           | 169.254.169.254",
        "http://0xA9FEA9FE/latest/           | 169.254.169.254",
        "http://0251.0376.0251.0376/         | 169.254.169.254",
        "http://100.64.0.1/                  | 100.64.0.1",
        "http://100.127.255.255/             | 100.127.255.255",
        "http://100.100.100.200/             | 100.100.100.200",
        "http://168.63.129.16/               | 168.63.129.16",
        "http://192.0.0.8/                   | 192.0.0.8",
        "http://192.0.2.1/                   | 192.0.2.1",
        "http://192.88.99.1/                 | 192.88.99.1",
        "http://198.18.0.1/                  | 198.18.0.1",
        "http://198.51.100.1/                | 198.51.100.1",
        "http://203.0.113.1/                 | 203.0.113.1",
        "http://224.0.0.1/                   | 224.0.0.1",
        "http://239.255.255.255/             | 239.255.255.255",
        "http://240.0.0.1/                   | 240.0.0.1",
        "http://255.255.255.255/             | 255.255.255.255",
        "http://4294967295/                  | 255.255.255.255",
        "http://[::1]:PORT/                  | 0:0:0:0:0:0:0:1",
        "http://[0:0:0:0:0:0:0:1]:PORT/      | 0:0:0:0:0:0:0:1",
        "http://[::]:PORT/                   | 0:0:0:0:0:0:0:0",
        "http://[::ffff:127.0.0.1]:PORT/     | 127.0.0.1",
        "http://[::ffff:7f00:1]:PORT/        | 127.0.0.1",
        "http://[0:0:0:0:0:ffff:a00:1]/      | 10.0.0.1",
        "http://[::127.0.0.1]:PORT/          | 0:0:0:0:0:0:7f00:1",
        "http://[::7f00:1]:PORT/             | 0:0:0:0:0:0:7f00:1",
        "http://[64:ff9b::127.0.0.1]/        | 64:ff9b:0:0:0:0:7f00:1",
        "http://[64:ff9b::a9fe:a9fe]/        | 64:ff9b:0:0:0:0:a9fe:a9fe",
        "http://[64:ff9b:1::a00:1]/          | 64:ff9b:1:0:0:0:a00:1",
        "http://[2002:7f00:1::]/             | 2002:7f00:1:0:0:0:0:0",
        "http://[2002:a00:1::1]/             | 2002:a00:1:0:0:0:0:1",
        "http://[2001:0:4136:e378::1]/       | 2001:0:4136:e378:0:0:0:1",
        "http://[2001:db8::1]/               | 2001:db8:0:0:0:0:0:1",
        "http://[3fff::1]/                   | 3fff:0:0:0:0:0:0:1",
        "http://[fe80::1]/                   | fe80:0:0:0:0:0:0:1",
        "http://[fec0::1]/                   | fec0:0:0:0:0:0:0:1",
        "http://[fc00::1]/                   | fc00:0:0:0:0:0:0:1",
        "http://[fd00:ec2::254]/             | fd00:ec2:0:0:0:0:0:254",
        "http://[ff02::1]/                   | ff02:0:0:0:0:0:0:1",
        "http://[100::1]/                    | 100:0:0:0:0:0:0:1",
        "http://[5f00::1]/                   | 5f00:0:0:0:0:0:0:1",
        "http://inner.test:PORT/             | of inner.test",
        "http://INNER.test:PORT/             | of inner.test",
        "http://ｉｎｎｅｒ.test:PORT/         | of inner.test",
        "http://mixed.test:PORT/             | of mixed.test",
        "http://mixed6.test:PORT/            | of mixed6.test",
        "http://metadata.test/latest/        | of metadata.test",
        "http://six.test/                    | of six.test",
        "http://mapped.test:PORT/            | of mapped.test",
        "http://nat64.test/                  | of nat64.test",
        "http://public.test@inner.test:PORT/ | of inner.test",
      })
  void notPublic(String pattern, String shown) throws Exception {
    String url = pattern.replace("PORT", String.valueOf(inner.port()));

    assertThat(failure(url)).isEqualTo("the address " + shown + REMEDY);
    web.enqueue(redirect(url));
    assertThat(failure(web.url("/start").toString())).isEqualTo("the address " + shown + REMEDY);
    assertThat(inner.connections()).isZero();
  }

  private static MockResponse redirect(String location) {
    return new MockResponse.Builder().code(302).addHeaderLenient("Location", location).build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://256.0.0.1/           | the URL's host is not a valid address",
        "http://1.2.3.4.5/           | the URL's host is not a valid address",
        "http://4294967296/          | the URL's host is not a valid address",
        "http://127.0.0.09/          | the URL's host is not a valid address",
        "http://99999999999999999999999999999999999999/ | the URL's host is not a valid address",
        "http://0x000000000000000007f.0.0.1/ | the URL's host is not a valid address",
        "http://0x7f.0x100.1.1/      | the URL's host is not a valid address",
        "http://x.127/               | the URL's host is not a valid address",
        "http://nowhere.test/?key=x  | host not found: nowhere.test",
        "http://empty.test/          | host not found: empty.test",
      })
  void notUsable(String url, String reason) {
    assertThat(failure(url)).isEqualTo(reason);
    assertThat(inner.connections()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "ftp://public.test/a",
        "gopher://127.0.0.1/_x",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "jar:file:/a!/b",
        "unix:///var/run/docker.sock",
        "http://[::1%25lo]/",
        "http://public.test:99999/",
      })
  void redirectsToOtherThings(String location) {
    web.enqueue(redirect(location));
    assertThat(failure(web.url("/").toString()))
        .isEqualTo("redirected to something that is not an http or https URL");
  }

  @Test
  void fiveRedirectsAreFollowedAndNotASixth() throws Exception {
    for (int code : new int[] {301, 302, 303, 307, 308}) {
      web.enqueue(redirect("next?hop").newBuilder().code(code).build());
    }
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());
    String url = web.url("/start").toString();
    assertThat(downloads.fetch(Fixtures.image(url, null), dir).images()).hasSize(1);

    for (int i = 0; i < 6; i++) {
      web.enqueue(redirect("/start"));
    }
    assertThat(failure(url)).isEqualTo("more than 5 redirects");
    assertThat(web.getRequestCount()).isEqualTo(12);
  }

  @Test
  void aRedirectWithoutATargetIsAStatus() {
    web.enqueue(new MockResponse.Builder().code(302).build());
    assertThat(failure(web.url("/").toString())).isEqualTo("302");
  }

  @Test
  void credentialsStayWithTheirOrigin() throws Exception {
    web.enqueue(redirect("/second"));
    web.enqueue(redirect("http://a:b@other.test:" + web.getPort() + "/third"));
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());

    String url = "http://us%65r:pa%73s@public.test:" + web.getPort() + "/first";
    downloads.fetch(Fixtures.image(url, null), dir);

    RecordedRequest[] seen = {web.takeRequest(), web.takeRequest(), web.takeRequest()};
    assertThat(Arrays.stream(seen).map(request -> request.getHeaders().get("Authorization")))
        .containsExactly(
            Credentials.basic("user", "pass"), Credentials.basic("user", "pass"), null);
    assertThat(Arrays.stream(seen).map(request -> request.getHeaders().get("Host")))
        .allMatch(host -> host.matches("(public|other)\\.test:\\d+"));
  }

  @Test
  void noCookiesAndNoReferer() throws Exception {
    web.enqueue(redirect("/second").newBuilder().addHeader("Set-Cookie", "a=b; Path=/").build());
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());
    downloads.fetch(Fixtures.image(web.url("/?token=x").toString(), null), dir);
    web.takeRequest();
    assertThat(web.takeRequest().getHeaders().names())
        .containsExactlyInAnyOrder("Host", "User-Agent", "Accept-Encoding", "Connection");
  }

  /** The name turns private after the check; the connection goes to what was checked. */
  @Test
  void rebindingGainsNothing() throws Exception {
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());
    Downloads rebound =
        downloads(_ ->
            List.of(InetAddress.ofLiteral(lookups.getAndIncrement() == 0 ? PUBLIC : "127.0.0.1")));
    String url = "http://rebind.test:" + web.getPort() + "/";

    assertThat(rebound.fetch(Fixtures.image(url, null), dir).images()).hasSize(1);
    assertThat(lookups).as("one lookup, for check and connection").hasValue(1);

    // Another origin, so that the open connection is not used again: now it is refused.
    DownloadException failure =
        catchThrowableOfType(
            DownloadException.class,
            () ->
                rebound.fetch(
                    Fixtures.image("http://rebind.test:" + inner.port() + "/", null), dir));
    assertThat(failure).hasMessageEndingWith("the address of rebind.test" + REMEDY);
    assertThat(inner.connections()).isZero();
  }

  /** Even if a resolver's answer and the connection differed, nothing is sent. */
  @Test
  void theConnectedSocketIsCheckedToo() {
    AtomicInteger checks = new AtomicInteger();
    AddressGuard forgetful = new AddressGuard(this::resolve, _ -> checks.getAndIncrement() == 0);
    Downloads guarded = new Downloads(Downloads.Options.DEFAULTS, forgetful, ManualTime.skipping());
    String url = "http://inner.test:" + inner.port() + "/";

    assertThat(
            catchThrowableOfType(
                DownloadException.class, () -> guarded.fetch(Fixtures.image(url, null), dir)))
        .hasMessage("Failed to download image: the address of inner.test" + REMEDY);
    assertThat(checks).hasValue(2);
  }

  @Test
  void proxiesAreNotHonoured() throws Exception {
    Map<String, String> proxies =
        Map.of(
            "http.proxyHost",
            "127.0.0.1",
            "http.proxyPort",
            "" + inner.port(),
            "socksProxyHost",
            "127.0.0.1",
            "socksProxyPort",
            "" + inner.port());
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());
    proxies.forEach(System::setProperty);
    try {
      String url = "http://public.test:" + web.getPort() + "/";
      assertThat(downloads.fetch(Fixtures.image(url, null), dir).images()).hasSize(1);
    } finally {
      proxies.keySet().forEach(System::clearProperty);
    }
    assertThat(inner.connections()).isZero();
  }

  @Test
  void theSettingLiftsTheGuard() throws Exception {
    web.enqueue(new MockResponse.Builder().body(new Buffer().write(Fixtures.PNG)).build());
    Downloads local =
        new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), ManualTime.skipping());
    String url = "http://0177.0.0.2:" + web.getPort() + "/";
    assertThat(local.fetch(Fixtures.image(url, null), dir).images()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "2001:200::1",
        "2001:4860:4860::8888",
      })
  void publicNeighbours(String address) {
    assertThat(AddressGuard.isPublic(InetAddress.ofLiteral(address))).isTrue();
  }
}
