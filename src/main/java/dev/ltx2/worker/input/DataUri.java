package dev.ltx2.worker.input;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;

/** {@code data:} URIs (RFC 2397), decoded as a stream. Their media type is not believed. */
final class DataUri {
  private static final String BASE64 = ";base64";

  private DataUri() {}

  static boolean is(String address) {
    return address.regionMatches(true, 0, "data:", 0, 5);
  }

  static void save(String uri, Path file, Downloads.Options options) throws FetchException {
    int comma = uri.indexOf(',');
    if (comma < 0) {
      throw FetchException.lasting("the data: URI has no comma before its data");
    }
    // A media type is short; more is no media type, and lower-casing 50 MB of it is no use.
    String head = uri.substring(5, Math.min(comma, 5 + 200)).strip().toLowerCase(Locale.ROOT);
    boolean base64 = head.endsWith(BASE64) && comma <= 5 + 200;
    InputStream data = new Unescaped(uri, comma + 1, base64);
    try (InputStream in = base64 ? Base64.getDecoder().wrap(data) : data) {
      LimitedCopy.save(in, file, options);
      // Java's decoder stops at the padding and ignores what follows.
      if (data.read() >= 0) {
        throw new IOException("more behind the padding");
      }
    } catch (IOException e) {
      throw FetchException.lasting(
          "the data: URI is not valid " + (base64 ? "base64" : "percent-encoding"));
    }
  }

  /**
   * The bytes behind the comma, {@code %2B} read as {@code +}; in base64, white space is skipped.
   */
  private static final class Unescaped extends FilterInputStream {
    private final String uri;
    private final boolean skipSpace;
    private int at;

    Unescaped(String uri, int at, boolean skipSpace) {
      super(InputStream.nullInputStream());
      this.uri = uri;
      this.at = at;
      this.skipSpace = skipSpace;
    }

    @Override
    public int read() throws IOException {
      while (at < uri.length()) {
        int c = uri.charAt(at++);
        if (c == '%') {
          c = hex() << 4 | hex();
        } else if (c > 0x7e) {
          throw new IOException("not ASCII");
        }
        if (!skipSpace || !Character.isWhitespace(c)) {
          return c;
        }
      }
      return -1;
    }

    private int hex() throws IOException {
      int digit = at < uri.length() ? Character.digit(uri.charAt(at++), 16) : -1;
      if (digit < 0) {
        throw new IOException("not hexadecimal");
      }
      return digit;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      int n = 0;
      for (int b = 0; n < length && (b = read()) >= 0; n++) {
        to[offset + n] = (byte) b;
      }
      return n == 0 && length > 0 ? -1 : n;
    }
  }
}
