package dev.ltx2.worker.input;

import java.time.Duration;

/**
 * How much and how long one input may be.
 *
 * @param maxBytes as stored: gzip and base64 count decoded
 * @param connect to establish the TCP connection
 * @param idle without a byte
 * @param total for all of it, redirects and the second try included
 */
record InputLimits(long maxBytes, Duration connect, Duration idle, Duration total) {
  InputLimits withMaxBytes(long bytes) {
    return new InputLimits(bytes, connect, idle, total);
  }

  FetchException tooLarge() {
    return FetchException.permanent(
        "larger than "
            + (maxBytes % (1 << 20) == 0 ? (maxBytes >> 20) + " MB" : maxBytes + " bytes"));
  }
}
