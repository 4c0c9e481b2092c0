package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.Clock;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;

/** Something that a store is asked, within {@link UploadTimeouts#whole}. */
public record BoundedCall(UploadTimeouts patience, Clock time) {
  /** What is asked. */
  public interface Request<T> {
    T run() throws StoreFault, InterruptedException;
  }

  private sealed interface Finish<T> {
    record Answered<T>(T result) implements Finish<T> {}

    record Faulty<T>(StoreFault fault) implements Finish<T> {}
  }

  /**
   * Asks on a thread of its own, whose sockets an interrupt closes.
   *
   * @param last what the latest repetition was for, told when time is up
   */
  public <T> T run(Request<T> request, Supplier<Optional<String>> last)
      throws StoreFault, InterruptedException {
    BlockingQueue<Finish<T>> finished = new ArrayBlockingQueue<>(1);
    // The clients block on sockets; an interrupt closes those of a virtual thread at once
    Thread thread = Thread.ofVirtual().name("store").start(() -> finished.add(finish(request)));
    try {
      return switch (time.poll(finished, patience.whole())) {
        case Finish.Answered<T>(T result) -> result;
        case Finish.Faulty<T>(StoreFault fault) -> throw fault;
        case null -> throw tooLong(last.get());
      };
    } finally {
      thread.interrupt();
    }
  }

  private static <T> Finish<T> finish(Request<T> request) {
    try {
      return new Finish.Answered<>(request.run());
    } catch (StoreFault e) {
      return new Finish.Faulty<>(e);
    } catch (InterruptedException e) {
      return new Finish.Faulty<>(new StoreFault(0, "it was stopped"));
    } catch (RuntimeException e) {
      return new Finish.Faulty<>(new StoreFault(0, e.getClass().getSimpleName()));
    }
  }

  private StoreFault tooLong(Optional<String> last) {
    String why = last.map(words -> "; last: " + words).orElse("");
    return new StoreFault(0, "not done within " + patience.whole().toSeconds() + " s" + why);
  }
}
