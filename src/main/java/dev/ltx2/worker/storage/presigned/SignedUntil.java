package dev.ltx2.worker.storage.presigned;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;

/** When the signature of an address ends, where its query says so. */
public final class SignedUntil {
  private static final DateTimeFormatter BASIC =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private SignedUntil() {}

  /** As S3, Google Cloud Storage and Azure write it; empty where it cannot be told. */
  public static Optional<Instant> of(HttpUrl url) {
    try {
      for (String maker : List.of("X-Amz-", "X-Goog-")) {
        String date = url.queryParameter(maker + "Date");
        String seconds = url.queryParameter(maker + "Expires");
        if (date != null && seconds != null) {
          return Optional.of(BASIC.parse(date, Instant::from).plusSeconds(number(seconds)));
        }
      }
      String azure = url.queryParameter("se");
      if (azure != null && url.queryParameter("sig") != null) {
        return Optional.of(Instant.parse(azure));
      }
      String old = url.queryParameter("Expires");
      return old == null ? Optional.empty() : Optional.of(Instant.ofEpochSecond(number(old)));
    } catch (DateTimeException | NumberFormatException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private static long number(String text) {
    return Long.parseLong(text);
  }
}
