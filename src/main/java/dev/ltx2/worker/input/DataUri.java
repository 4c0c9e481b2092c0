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

  /** Decodes a {@link dev.ltx2.worker.request.Source.Data}'s text into {@code file}. */
  static void save(String uri, Path file, InputLimits limits) throws FetchException {
    int comma = uri.indexOf(',');
    String head = uri.substring("data:".length(), comma).strip().toLowerCase(Locale.ROOT);
    boolean base64 = head.endsWith(BASE64);
    InputStream data = new Unescaped(uri, comma + 1, base64);
    try (InputStream in = base64 ? Base64.getDecoder().wrap(data) : data) {
      LimitedCopy.save(in, file, limits);
      // Java's decoder stops at the padding and ignores what follows.
      if (data.read() >= 0) {
        throw new IOException("more behind the padding");
      }
    } catch (IOException e) {
      throw FetchException.permanent(
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
