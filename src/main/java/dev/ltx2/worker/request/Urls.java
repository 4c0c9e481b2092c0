package dev.ltx2.worker.request;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** The syntax of where inputs are. Whether something is there is the download's business. */
final class Urls {
  private static final Pattern SCHEME = Pattern.compile("(?i)[a-z][a-z0-9+.-]*:.*", Pattern.DOTALL);

  /** OkHttp skips any number of slashes and would take {@code http:///a.png} for the host a.png. */
  private static final Pattern HTTP = Pattern.compile("(?i)https?://[^/\\\\?#].*", Pattern.DOTALL);

  private static final Pattern DATA = Pattern.compile("(?i)data:[^,]{0,200},.", Pattern.DOTALL);

  private Urls() {}

  /** Whether it is meant as a {@code data:} URI, but has no comma, or nothing behind it. */
  static boolean brokenData(String url) {
    return url.regionMatches(true, 0, "data:", 0, 5) && !DATA.matcher(url.strip()).lookingAt();
  }

  static boolean usable(String url, boolean filePathsAllowed) {
    if (url.isBlank() || !url.strip().equals(url)) {
      return false;
    }
    if (DATA.matcher(url).lookingAt()) {
      return true;
    }
    if (url.chars().anyMatch(Character::isISOControl)
        || !StandardCharsets.UTF_8.newEncoder().canEncode(url)) {
      return false;
    }
    if (SCHEME.matcher(url).matches()) {
      return HTTP.matcher(url).matches() && HttpUrl.parse(url) != null;
    }
    return filePathsAllowed;
  }
}
