package dev.ltx2.worker.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.request.GenerationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DownloadsTest {
  private static final String DATA_PNG =
      "data:image/png;base64," + Base64.getEncoder().encodeToString(Fixtures.PNG);

  @TempDir Path dir;
  @TempDir Path folder;
  private final MockWebServer server = new MockWebServer();
  private final Downloads downloads =
      new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), ManualTime.skipping());

  @BeforeEach
  void start() throws IOException {
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return answer(request.getUrl().encodedPath());
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static MockResponse answer(String path) {
    if (path.matches("/\\d{3}")) {
      return new MockResponse.Builder().code(Integer.parseInt(path.substring(1))).build();
    }
    return switch (path) {
      case "/a.png" -> body(Fixtures.PNG);
      case "/b.jpg", "/wrong-name.mp3" -> body(Fixtures.JPEG);
      case "/a.wav" -> body(Fixtures.WAV);
      default -> new MockResponse.Builder().code(404).status("HTTP/1.1 404 <b>Nope</b>").build();
    };
  }

  private static MockResponse body(byte[] bytes) {
    return new MockResponse.Builder()
        .body(new Buffer().write(bytes))
        .setHeader("Content-Type", "text/plain")
        .build();
  }

  private String url(String path) {
    return server.url(path).toString();
  }

  private DownloadException failure(GenerationRequest request) {
    return failure(downloads, request);
  }

  private DownloadException failure(Downloads from, GenerationRequest request) {
    DownloadException failure =
        catchThrowableOfType(DownloadException.class, () -> from.fetch(request, dir));
    assertThat(failure).isNotNull();
    assertThat(names()).as("nothing is left behind").isEmpty();
    return failure;
  }

  private List<String> names() {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anOwnFileThatIsGoneIsSaidToBeSo() {
    Downloads own =
        new Downloads(
            Downloads.Options.DEFAULTS.withOwn(_ -> Optional.of(folder.resolve("lost"))),
            ManualTime.skipping());
    assertThat(failure(own, Fixtures.image("http://localhost:8000/files/x.png", null)))
        .hasMessage(
            "Failed to download image: this server has no such file; POST /files answers with a"
                + " file's address");
  }

  @Test
  void imageAndAudioGetOurNamesAndTheExtensionOfTheirContent() throws Exception {
    Inputs inputs =
        downloads.fetch(Fixtures.image(url("/wrong-name.mp3"), url("/a.wav?token=x")), dir);

    assertThat(names()).containsExactly("audio.wav", "image.jpg");
    assertThat(inputs.images()).containsExactly(dir.resolve("image.jpg"));
    assertThat(inputs.audio().orElseThrow())
        .isEqualTo(dir.resolve("audio.wav"))
        .hasBinaryContent(Fixtures.WAV);
  }

  @Test
  void aKeyframeNamedTwiceIsFetchedOnce() throws Exception {
    Inputs inputs =
        downloads.fetch(Fixtures.keyframes(null, url("/a.png"), url("/b.jpg"), url("/a.png")), dir);

    assertThat(inputs.images())
        .containsExactly(
            dir.resolve("keyframe-1.png"),
            dir.resolve("keyframe-2.jpg"),
            dir.resolve("keyframe-1.png"));
    assertThat(inputs.audio()).isEmpty();
    assertThat(server.getRequestCount()).isEqualTo(2);
  }

  @Test
  void theAudioAloneForPlanning() throws Exception {
    assertThat(downloads.fetchAudio(Fixtures.image(url("/a.png"), url("/a.wav")), dir))
        .contains(dir.resolve("audio.wav"));
    assertThat(downloads.fetchAudio(Fixtures.image(url("/a.png"), null), dir)).isEmpty();
    assertThat(names()).containsExactly("audio.wav");
    assertThat(server.getRequestCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "204, 204 No Content, false, 1",
    "206, 206 Partial Content, false, 1",
    "304, 304 Not Modified, false, 1",
    "400, 400 Bad Request, false, 1",
    "401, 401 Unauthorized, false, 1",
    "403, 403 Forbidden, false, 1",
    "404, 404 Not Found, false, 1",
    "410, 410 Gone, false, 1",
    "425, 425 Too Early, true, 1",
    "429, 429 Too Many Requests, true, 1",
    "499, 499, false, 1",
    "500, 500 Internal Server Error, true, 2",
    "502, 502 Bad Gateway, true, 2",
    "503, 503 Service Unavailable, true, 2",
    "504, 504 Gateway Timeout, true, 2",
    "599, 599, true, 2",
  })
  void statusesInTheApisWords(int code, String reason, boolean retryable, int requests) {
    DownloadException failure = failure(Fixtures.image(url("/" + code + "?key=secret"), null));

    assertThat(failure).hasMessage("Failed to download image: " + reason);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(server.getRequestCount()).isEqualTo(requests);
  }

  @Test
  void theServersOwnReasonPhraseIsNotRepeated() {
    assertThat(failure(Fixtures.image(url("/none"), null)))
        .hasMessage("Failed to download image: 404 Not Found");
  }

  @Test
  void everyFailedInputIsNamedInTheRequestsOrder() {
    // A clock that jumps would not leave the others the second that they have.
    Downloads real = new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), Clock.SYSTEM);
    DownloadException failure =
        failure(real, Fixtures.keyframes(url("/500"), url("/a.png"), url("/404"), url("/410")));

    assertThat(failure)
        .hasMessage(
            "Failed to download keyframe 2: 404 Not Found; "
                + "Failed to download keyframe 3: 410 Gone; "
                + "Failed to download audio: 500 Internal Server Error");
    assertThat(failure.retryable()).as("the 404 stays").isFalse();
  }

  @Test
  void oneFailureDoesNotWaitForTheOthersToTimeOut() throws Exception {
    CountDownLatch hung = new CountDownLatch(1);
    try (Peer silent =
        new Peer((socket, _) -> {
          hung.countDown();
          socket.getInputStream().read();
        })) {
      assertThat(failure(Fixtures.image(url("/404"), silent.url("/"))))
          .hasMessage("Failed to download image: 404 Not Found");
    }
  }

  @Test
  void aServerErrorThatPassesIsNotAnError() throws Exception {
    try (MockWebServer flaky = new MockWebServer()) {
      flaky.enqueue(new MockResponse.Builder().code(503).build());
      flaky.enqueue(body(Fixtures.PNG));
      flaky.start();
      assertThat(downloads.fetch(Fixtures.image(flaky.url("/").toString(), null), dir).images())
          .containsExactly(dir.resolve("image.png"));
    }
  }

  @Test
  void dataUris() throws Exception {
    String unpadded = DATA_PNG.replaceAll("=+$", "");
    String escaped = DATA_PNG.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D");
    String folded = DATA_PNG.replaceAll("(.{60})", "$1\r\n");
    String plain = "data:," + percent(Fixtures.PNG);
    String shouting = DATA_PNG.replace("data:image/png;base64", "DATA:text/html;charset=x;BASE64");

    Inputs inputs =
        downloads.fetch(
            Fixtures.keyframes(null, DATA_PNG, unpadded, escaped, folded, plain, shouting), dir);

    for (Path image : inputs.images()) {
      assertThat(image).hasSameBinaryContentAs(inputs.images().getFirst());
    }
  }

  private static String percent(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(String.format("%%%02x", b));
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data:image/png;base64,****  | the data: URI is not valid base64",
        "data:;base64,iVBORw0KGgo=iVBO | the data: URI is not valid base64",
        "data:;base64,iVBORw0KG | the data: URI is not valid base64",
        "data:,%8 | the data: URI is not valid percent-encoding",
        "data:,%zz | the data: URI is not valid percent-encoding",
        "data:,ä | the data: URI is not valid percent-encoding",
        "data:text/plain,hello | the file is text; accepted are JPEG, PNG and WebP",
      })
  void badDataUris(String uri, String reason) {
    DownloadException failure = failure(Fixtures.image(uri, null));
    assertThat(failure).hasMessage("Failed to download image: " + reason);
    assertThat(failure.retryable()).isFalse();
  }

  @Test
  void anImageOfWhichTheVideoWouldShowNothingIsRefused() {
    String flat =
        "data:image/png;base64,"
            + Base64.getEncoder().encodeToString(Fixtures.image("png", 3000, 2));
    assertThat(failure(Fixtures.keyframes(null, DATA_PNG, flat)))
        .hasMessage(
            "Failed to download keyframe 2: the image is 3000x2 pixels: fitted into the video's"
                + " 1280x736, less than one pixel of its height is left; crop its long side");
  }

  @Test
  void dataUrisAreLimitedToo() {
    Downloads small =
        new Downloads(Downloads.Options.DEFAULTS.withMaxBytes(100), ManualTime.skipping());
    assertThat(failure(small, Fixtures.image(DATA_PNG, null)))
        .hasMessage("Failed to download image: larger than 100 bytes");
  }

  @Test
  void pathsForTheCommandLine() throws Exception {
    Downloads local =
        new Downloads(Downloads.Options.DEFAULTS.withFiles(folder), ManualTime.skipping());
    Path image = Files.write(folder.resolve("my image.dat"), Fixtures.PNG);
    Files.write(folder.resolve("a:b.wav"), Fixtures.WAV);

    Inputs inputs = local.fetch(Fixtures.image("my image.dat", "./a:b.wav"), dir);

    assertThat(names()).containsExactly("audio.wav", "image.png");
    assertThat(inputs.audio().orElseThrow()).hasBinaryContent(Fixtures.WAV);
    assertThat(image).as("the user's own file stays").hasBinaryContent(Fixtures.PNG);
    assertThat(failure(local, Fixtures.image("none.png", image.toString())))
        .hasMessage(
            "Failed to download image: there is no such file from the request's folder, "
                + folder
                + "; a URL starts with https://; Failed to download audio: the file is a PNG;"
                + " accepted are MP3, WAV, FLAC, M4A, AAC and OGG");
    assertThat(failure(local, Fixtures.image(".", "/dev/zero")))
        .hasMessage(
            "Failed to download image: it is a folder, not a file; "
                + "Failed to download audio: it is not a regular file");
    assertThat(failure(local, Fixtures.image("/nowhere?key=c4n4ry", null)))
        .hasMessage("Failed to download image: there is no such file");
  }

  @Test
  void pathsAreForTheCommandLineOnly() {
    assertThat(failure(Fixtures.image("/etc/passwd", null)))
        .hasMessage("Failed to download image: only http, https and data: URLs are accepted");
  }

  /** Not called a fault of the input: the worker is at its end. */
  @Test
  void anOutOfMemoryErrorIsPassedOnAsOne() {
    OutOfMemoryError error = new OutOfMemoryError("Java heap space");
    AddressGuard full =
        new AddressGuard(
            _ -> {
              throw error;
            },
            _ -> true);
    Downloads downloads = new Downloads(Downloads.Options.DEFAULTS, full, ManualTime.skipping());
    assertThatThrownBy(() -> downloads.fetch(Fixtures.image("http://example.com/a.png", null), dir))
        .isSameAs(error);
  }

  @Test
  void interruptStopsAllTransfersAtOnceAndLeavesNothing() throws Exception {
    CountDownLatch streaming = new CountDownLatch(3);
    CountDownLatch gone = new CountDownLatch(3);
    try (Peer drip =
        new Peer((socket, out) -> {
          Peer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(99));
          streaming.countDown();
          socket.getInputStream().read();
          gone.countDown();
        })) {
      Downloads real =
          new Downloads(Downloads.Options.DEFAULTS.withAllowPrivate(true), Clock.SYSTEM);
      AtomicReference<Throwable> end = new AtomicReference<>();
      Thread job =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  real.fetch(
                      Fixtures.keyframes(drip.url("/3"), drip.url("/1"), drip.url("/2")), dir);
                } catch (Exception e) {
                  end.set(e);
                }
              });
      streaming.await();
      job.interrupt();

      // The peer sends no more, and the first limit on that is 30 s.
      assertThat(job.join(Duration.ofSeconds(20))).isTrue();
      gone.await();
      assertThat(end.get()).isInstanceOf(InterruptedException.class);
      assertThat(names()).isEmpty();
    }
  }
}
