package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptedSourcesTest {
  @ParameterizedTest
  @EnumSource(AcceptedSources.class)
  void eachKindIsToldApartOnce(AcceptedSources any) {
    assertThat(any.read("HTTPS://e.org/a b"))
        .contains(new Source.Http(HttpUrl.get("https://e.org/a%20b")));
    assertThat(any.read("DATA:,x")).contains(new Source.Data("DATA:,x"));
    assertThat(any.read("a/b:c.png"))
        .isEqualTo(
            any == AcceptedSources.REMOTE
                ? Optional.empty()
                : Optional.of(new Source.LocalFile("a/b:c.png")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0..1/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://[]/",
        "http://[127.0.0.1]/",
        "http://[::ffff:127.1]/",
        "http:///",
        "http:///a.png",
        "http://",
        "http:",
        "http://a b/",
        "http://a%00b/",
        "http://public.test:99999/",
        "http://public.test:-1/",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "ftp://example.com/a.png",
        "gopher://example.com/",
        "jar:http://example.com/a.jar!/a.png",
        "javascript:alert(1)",
        "HTTPX://a/",
        "c:x",
        "x\0y",
        "",
        " ",
        " http://example.com/a.png",
        "http://example.com/a.png ",
        "data:",
        "data:image/png;base64,",
        "data:no comma",
      })
  void neitherUrlNorPath(String text) {
    assertThat(AcceptedSources.REMOTE.read(text)).isEmpty();
    assertThat(AcceptedSources.REMOTE_AND_FILES.read(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "image.png", "//example.com/a.png", "./odd:name.png"})
  void pathsAreForTheCommandLineOnly(String path) {
    assertThat(AcceptedSources.REMOTE.read(path)).isEmpty();
    assertThat(AcceptedSources.REMOTE_AND_FILES.read(path)).contains(new Source.LocalFile(path));
  }

  @Test
  void dataIsWellFormedByItsType() {
    assertThat(AcceptedSources.REMOTE.read("data:" + "x".repeat(200) + ",y")).isPresent();
    assertThat(AcceptedSources.REMOTE.read("data:" + "x".repeat(201) + ",y")).isEmpty();
    assertThatThrownBy(() -> new Source.Data("data:x")).hasMessage("not a data: URI");
  }
}
