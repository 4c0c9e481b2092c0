package dev.ltx2.worker.storage.http;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Headers;

/**
 * What a server answered.
 *
 * @param body the beginning of what it said of a failure; of a success nothing is read
 */
public record HttpAnswer(int code, Headers headers, String body) {
  private static final Pattern ERROR_CODE = Pattern.compile("<Code>\\s*([A-Za-z0-9]+)\\s*</Code>");
  private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

  /** Any 2xx. */
  public boolean succeeded() {
    return code >= 200 && code < 300;
  }

  /** The error's name, as S3, Azure and Google's XML have it; empty where there is none. */
  public String errorCode() {
    Matcher found = ERROR_CODE.matcher(body);
    return found.find() ? found.group(1) : "";
  }

  /** Whether it is one that the same request may not meet later. */
  public boolean passing() {
    return switch (code) {
      case 408, 425, 429 -> true;
      case 501, 505 -> false;
      default -> code >= 500;
    };
  }

  /** How long the server asks to be left alone. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(headers.get("Retry-After"))
        .map(String::strip)
        .filter(text -> SECONDS.matcher(text).matches())
        .map(text -> Duration.ofSeconds(Long.parseLong(text)));
  }

  /** Its words are its own, so nothing of them is shown. */
  @Override
  public String toString() {
    return "HttpAnswer[" + code + "]";
  }
}
