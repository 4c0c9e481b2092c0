package dev.ltx2.worker.runpod.protocol;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSource;
import okio.ByteString;

/**
 * One HTTP call under a limit that counts only time this process was awake. A worker may be frozen
 * for minutes and resumed: an answer that came meanwhile waits in the socket, and a limit by the
 * clock would throw it away.
 */
final class AwakeTimeCall {
  private static final Duration TICK = Duration.ofSeconds(1);

  /** A tick this much too long was a pause of the process. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** What a call gets after a pause: its answer is here already or its connection is dead. */
  private static final Duration AFTER_PAUSE = Duration.ofSeconds(5);

  private final OkHttpClient client;
  private final Call call;
  private final Clock time;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

  private sealed interface Signal {
    record Ended(HttpReply reply) implements Signal {}

    record Lost(IOException why) implements Signal {}

    record Hurry(Duration left) implements Signal {}
  }

  /**
   * An answer.
   *
   * @param type media type without parameters, lower case
   * @param body as much of it as came before the connection broke
   */
  record HttpReply(int status, String type, ByteString body) {}

  AwakeTimeCall(OkHttpClient client, Request request, Clock time) {
    this.client = client;
    this.call = client.newCall(request);
    this.time = time;
  }

  /** Makes the call. */
  HttpReply run(Duration limit) throws IOException, InterruptedException {
    // A platform thread: virtual ones wait when native code of a job holds all carriers.
    Thread.ofPlatform().daemon().name("runpod-call").start(this::execute);
    try {
      Duration left = limit;
      while (left.isPositive()) {
        Duration tick = left.compareTo(TICK) < 0 ? left : TICK;
        long start = time.nanos();
        Signal signal = time.poll(signals, tick);
        Duration passed = time.since(start);
        left = left.minus(tick);
        if (passed.compareTo(tick.plus(PAUSE)) > 0) {
          client.connectionPool().evictAll();
          left = left.compareTo(AFTER_PAUSE) < 0 ? left : AFTER_PAUSE;
        }
        switch (signal) {
          case null -> {}
          case Signal.Hurry(Duration most) -> left = left.compareTo(most) < 0 ? left : most;
          default -> {
            return end(signal);
          }
        }
      }
      call.cancel();
      return end(signals.take());
    } catch (InterruptedException e) {
      call.cancel();
      throw e;
    }
  }

  private HttpReply end(Signal signal) throws IOException, InterruptedException {
    return switch (signal) {
      case Signal.Ended(HttpReply reply) -> reply;
      case Signal.Lost(IOException why) ->
          throw call.isCanceled() ? new IOException("no answer in time", why) : why;
      case Signal.Hurry _ -> end(signals.take());
    };
  }

  /** From now on it gets no more than this. */
  void hurry(Duration left) {
    signals.add(new Signal.Hurry(left));
  }

  private void execute() {
    try (Response response = call.execute()) {
      String type = Objects.requireNonNullElse(response.header("Content-Type"), "");
      signals.add(
          new Signal.Ended(
              new HttpReply(
                  response.code(),
                  type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT),
                  read(response.body().source()))));
    } catch (IOException e) {
      signals.add(new Signal.Lost(e));
    } catch (RuntimeException | Error e) {
      signals.add(new Signal.Lost(new IOException("the call failed", e)));
    }
  }

  /** A job whose last byte was lost still has an id, and can be answered. */
  private static ByteString read(BufferedSource source) {
    Buffer read = new Buffer();
    try {
      read.writeAll(source);
    } catch (IOException e) {
      // What came so far is judged by its reader.
    }
    return read.readByteString();
  }
}
