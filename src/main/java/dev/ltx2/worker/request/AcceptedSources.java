package dev.ltx2.worker.request;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * Which kinds of {@link Source} a request may name. The only place that tells them apart; whether
 * something is there is the download's business.
 */
public enum AcceptedSources {
  /** URLs and {@code data:} URIs. */
  REMOTE("an http or https URL or a data: URI"),
  /** Files of this machine too; for the command line only. */
  REMOTE_AND_FILES("an http or https URL, a data: URI or a file path");

  private static final Pattern SCHEME = Pattern.compile("(?i)[a-z][a-z0-9+.-]*:.*", Pattern.DOTALL);

  /** OkHttp skips any number of slashes and would take {@code http:///a.png} for the host a.png. */
  private static final Pattern HTTP = Pattern.compile("(?i)https?://[^/\\\\?#].*", Pattern.DOTALL);

  private final String kinds;

  AcceptedSources(String kinds) {
    this.kinds = kinds;
  }

  /** To stand behind "must be". */
  String kinds() {
    return kinds;
  }

  /** What the text names; empty where it is none of these. */
  public Optional<Source> read(String text) {
    if (text.isBlank() || !text.strip().equals(text)) {
      return Optional.empty();
    }
    if (Source.Data.isWellFormed(text)) {
      return Optional.of(new Source.Data(text));
    }
    if (text.chars().anyMatch(Character::isISOControl)
        || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      return Optional.empty();
    }
    if (SCHEME.matcher(text).matches()) {
      return HTTP.matcher(text).matches()
          ? Optional.ofNullable(HttpUrl.parse(text)).map(Source.Http::new)
          : Optional.empty();
    }
    return this == REMOTE_AND_FILES ? Optional.of(new Source.LocalFile(text)) : Optional.empty();
  }
}
