package dev.ltx2.worker.localapi;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;

/**
 * Receives bodies into files, without a thread or memory for those that are slow: whoever sends a
 * byte a minute keeps nobody else waiting, and is cut off.
 */
final class BodySpool {
  /**
   * A body that is too long is read to its end, up to so many bytes: many clients look for an
   * answer only then, and what is closed while they send is to them a broken connection.
   */
  static final long MOST_BYTES = 500_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(BodySpool.class);
  private static final int AT_ONCE = 1000;

  /** What any body may take; a long one more, as long as it comes at this rate. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  private static final long LEAST_BYTES_A_SECOND = 16_384;

  private static final int LOOK_SECONDS = 5;

  private final Path folder;
  private final Clock time;
  private final AtomicInteger open = new AtomicInteger();

  BodySpool(Path folder, Clock time) {
    this.folder = folder;
    this.time = time;
  }

  /**
   * How long a body may be.
   *
   * @param remedy what to do with a longer one, the end of a sentence
   */
  record BodyLimit(long bytes, String remedy) {
    private Refusal refusal() {
      return new Refusal(
          413, "The body is longer than %d MB: %s".formatted(bytes / 1_000_000, remedy));
    }
  }

  /** Who goes on with a body, on the I/O thread; the file is deleted when the exchange is over. */
  interface Receiving {
    void received(Path file);

    void refused(Refusal why);
  }

  /** A body that is being received. */
  private final class Spooled {
    private final HttpServerExchange exchange;
    private final Path file;
    private final FileChannel channel;
    private final BodyLimit limit;
    private final long start = time.nanos();
    private long bytes;
    private boolean over;

    Spooled(HttpServerExchange exchange, Path file, FileChannel channel, BodyLimit limit) {
      this.exchange = exchange;
      this.file = file;
      this.channel = channel;
      this.limit = limit;
    }

    boolean tooLong() {
      return bytes > limit.bytes;
    }

    void add(byte[] part) throws IOException {
      bytes += part.length;
      ByteBuffer buffer = ByteBuffer.wrap(part);
      while (!tooLong() && buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }

    void finish() {
      over = true;
      IoUtils.safeClose(channel);
    }

    void look() {
      if (over) {
        return;
      }
      Duration allowed = GRACE.plusMillis(1000 * bytes / LEAST_BYTES_A_SECOND);
      if (time.since(start).compareTo(allowed) > 0) {
        LOG.info("Cut off a body that came too slowly: {} bytes", bytes);
        IoUtils.safeClose(exchange.getConnection());
        return;
      }
      exchange.getIoThread().executeAfter(this::look, LOOK_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Receives a body; to be called on the I/O thread. */
  void receive(HttpServerExchange exchange, BodyLimit limit, Receiving receiving) {
    long length = exchange.getRequestContentLength();
    if (length > MOST_BYTES
        || (length > limit.bytes && HttpContinue.requiresContinueResponse(exchange))) {
      exchange.setPersistent(false);
      exchange.getResponseHeaders().put(Headers.CONNECTION, "close");
      receiving.refused(limit.refusal());
      return;
    }
    if (open.incrementAndGet() > AT_ONCE) {
      open.decrementAndGet();
      receiving.refused(new Refusal(503, "Too many bodies are being received: try again"));
      return;
    }
    Path file = folder.resolve(UUID.randomUUID() + ".part");
    exchange.addExchangeCompleteListener((_, next) -> {
      open.decrementAndGet();
      delete(file);
      next.proceed();
    });
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Spooled spooled = new Spooled(exchange, file, channel, limit);
      exchange.addExchangeCompleteListener((_, next) -> {
        spooled.finish();
        next.proceed();
      });
      spooled.look();
      receive(exchange, spooled, receiving);
    } catch (IOException e) {
      receiving.refused(notWritten(e));
    }
  }

  private static void receive(HttpServerExchange exchange, Spooled spooled, Receiving receiving) {
    exchange
        .getRequestReceiver()
        .receivePartialBytes(
            (_, part, last) -> {
              try {
                if (spooled.over) {
                  return;
                }
                spooled.add(part);
                if (last) {
                  spooled.finish();
                  if (spooled.tooLong()) {
                    receiving.refused(spooled.limit.refusal());
                  } else {
                    receiving.received(spooled.file);
                  }
                }
              } catch (IOException e) {
                spooled.finish();
                exchange.getRequestReceiver().pause();
                receiving.refused(notWritten(e));
              }
            },
            (_, _) -> {
              spooled.finish();
              IoUtils.safeClose(exchange.getConnection());
            });
  }

  private static Refusal notWritten(IOException e) {
    LOG.warn("Cannot write a body to disk: {}", IoErrors.of(e));
    return new Refusal(507, "The body could not be written to disk");
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("Cannot delete {}: {}", file, IoErrors.of(e));
    }
  }
}
