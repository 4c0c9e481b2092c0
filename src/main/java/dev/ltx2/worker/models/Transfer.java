package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.io.InputStream;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import okhttp3.Response;

/** The bytes of one file, over several connections. */
final class Transfer {
  private static final int BUFFER = 256 << 10;

  /**
   * What is written.
   *
   * @param file with its size
   * @param part where its bytes go
   * @param lock on the folder, asked before each write
   */
  record PulledFile(ModelFile file, PartFile part, FolderLock lock) {}

  private final Hub hub;
  private final ModelPull.Tuning tuning;
  private final ModelFile file;
  private final PartFile part;
  private final FolderLock lock;
  private final PullListener listener;
  private final Clock time;

  Transfer(Hub hub, ModelPull.Tuning tuning, PulledFile pulled, PullListener listener, Clock time) {
    this.hub = hub;
    this.tuning = tuning;
    this.file = pulled.file;
    this.part = pulled.part;
    this.lock = pulled.lock;
    this.listener = listener;
    this.time = time;
  }

  /** Fetches what is not on disk yet. */
  void run(boolean ranges) throws IOException, InterruptedException {
    if (!ranges) {
      whole();
      return;
    }
    Queue<Integer> open =
        new ConcurrentLinkedQueue<>(
            IntStream.range(0, part.count()).filter(chunk -> !part.has(chunk)).boxed().toList());
    int workers = Math.min(tuning.connections(), open.size());
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    var ends = new ExecutorCompletionService<Void>(threads);
    try {
      for (int i = 0; i < workers; i++) {
        ends.submit(() -> {
          for (Integer chunk = open.poll(); chunk != null; chunk = open.poll()) {
            chunk(chunk);
          }
          return null;
        });
      }
      for (int i = 0; i < workers; i++) {
        ends.take().get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
      threads.close();
    }
  }

  private void chunk(int chunk) throws IOException, InterruptedException {
    long position = part.first(chunk);
    long last = part.last(chunk);
    ExponentialBackOff backOff = tuning.backOff();
    for (int tried = 1; position <= last; tried++) {
      long from = position;
      Reached reached = receive(() -> hub.part(file.url(), from, last, size()), from, last);
      position = reached.position;
      // Tries count from the last byte that came.
      if (position > from) {
        tried = 0;
        backOff.reset();
      }
      if (position <= last) {
        pause(tried, backOff, reached.end);
      }
    }
    part.finished(chunk);
  }

  /** A server without ranges sends all of it each time. */
  private void whole() throws IOException, InterruptedException {
    ExponentialBackOff backOff = tuning.backOff();
    for (int tried = 1; ; tried++) {
      Reached reached = receive(() -> hub.whole(file.url()), 0, size() - 1);
      if (reached.position == size()) {
        for (int chunk = 0; chunk < part.count(); chunk++) {
          part.finished(chunk);
        }
        return;
      }
      listener.fetched(file, -reached.position);
      pause(tried, backOff, reached.end);
    }
  }

  private interface RangeCall {
    Response run() throws IOException, InterruptedException;
  }

  /** The first byte that is not here, and why the connection ended before it. */
  private record Reached(long position, IOException end) {}

  /** One connection's bytes, up to {@code last} if it holds. */
  private Reached receive(RangeCall call, long position, long last)
      throws IOException, InterruptedException {
    try (Response response = call.run()) {
      return copy(response, position, last);
    } catch (Hub.RefusedException e) {
      throw e;
    } catch (IOException e) {
      return new Reached(position, e);
    }
  }

  private Reached copy(Response response, long first, long last) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long position = first;
    try (InputStream in = response.body().byteStream()) {
      while (position <= last) {
        lock.check();
        int n;
        try {
          n = in.read(buffer);
        } catch (IOException e) {
          return new Reached(position, e);
        }
        if (n < 0) {
          break;
        }
        int wanted = (int) Math.min(n, last + 1 - position);
        part.write(position, buffer, wanted);
        position += wanted;
        listener.fetched(file, wanted);
      }
    }
    return new Reached(position, new IOException("the connection ended early"));
  }

  private void pause(int tried, ExponentialBackOff backOff, IOException fault)
      throws IOException, InterruptedException {
    lock.check();
    if (tried >= tuning.tries()) {
      throw new IOException(
          file.path() + ": given up after " + tried + " tries: " + IoErrors.of(fault), fault);
    }
    time.sleep(backOff.next());
  }

  private long size() {
    return file.size().orElseThrow();
  }
}
