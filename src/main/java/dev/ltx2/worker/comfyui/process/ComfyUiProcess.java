package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.comfyui.ComfyUiHttp;
import dev.ltx2.worker.comfyui.PromptRedactor;
import dev.ltx2.worker.comfyui.Supervisor;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.common.IoErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts ComfyUI, starts it again when it dies or is of no more use, and stops it. One thread does
 * all of it; what happens reaches that thread as a {@link Signal}.
 */
public final class ComfyUiProcess implements Supervisor {
  private static final Logger log = LoggerFactory.getLogger(ComfyUiProcess.class);
  private static final Duration PROBE_EVERY = Duration.ofMillis(250);
  private static final Duration DRAINING = Duration.ofMillis(200);
  private static final int LAST_WORDS = 20;

  private final Launch launch;
  private final Launch.Ready ready;
  private final PromptRedactor veil;
  private final Clock time;
  private final Restarts restarts;
  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> gaveUp = new CompletableFuture<>();

  /** Of the platform's: the kernel ends ComfyUI with the thread that started it. */
  private @Nullable Thread thread;

  private Consumer<String> onDeath = how -> {};
  private State state = State.STARTING;
  private @Nullable Process process;
  private List<String> lastWords = List.of();
  private boolean answers;
  private long unreadySince;

  private enum State {
    STARTING,
    READY,
    FAILED,
    CLOSED
  }

  private sealed interface Signal {
    record Exited(Process process) implements Signal {}

    record Unwanted(Process process, String reason) implements Signal {}

    record Closed() implements Signal {}
  }

  /** It is not started again. */
  private static final class GaveUp extends ExplainedException {
    GaveUp(String reason) {
      super(reason, null);
    }
  }

  /**
   * Starts ComfyUI and keeps it running until this is closed; returns before it answers, and every
   * call waits for that. Its files lie in {@code launch.state()} and are read by path.
   *
   * @throws ComfyUiException when it cannot even be tried
   */
  public static ComfyUi supervise(Launch launch, Clock time) throws ComfyUiException {
    PromptRedactor redactor = new PromptRedactor();
    ComfyUiProcess process = new ComfyUiProcess(launch, redactor, time);
    ComfyUi comfyUi =
        new ComfyUi(process.url(), Optional.of(launch.state()), time, process, redactor);
    process.start(comfyUi::died);
    return comfyUi;
  }

  ComfyUiProcess(Launch launch, PromptRedactor veil, Clock time) throws ComfyUiException {
    this.launch = launch;
    this.ready = launch.prepare();
    this.veil = veil;
    this.time = time;
    this.restarts = new Restarts(time);
  }

  URI url() {
    return ready.url();
  }

  /** Starts it and returns at once. */
  void start(Consumer<String> whenItDies) {
    onDeath = whenItDies;
    unreadySince = time.nanos();
    thread = Thread.ofPlatform().daemon().name("comfyui").start(this::supervise);
  }

  @Override
  public CompletableFuture<String> gaveUp() {
    return gaveUp;
  }

  @Override
  public synchronized void awaitReady() throws ComfyUiException, InterruptedException {
    while (state == State.STARTING || (state == State.READY && !current().isAlive())) {
      wait();
    }
    if (state == State.FAILED) {
      throw new ComfyUiException(Kind.START_FAILED, gaveUp.join());
    }
    if (state == State.CLOSED) {
      throw new ComfyUiException(Kind.UNAVAILABLE, "ComfyUI was stopped with the worker");
    }
  }

  @Override
  public synchronized void restart(String reason) {
    if (state == State.READY) {
      state = State.STARTING;
      signals.add(new Signal.Unwanted(current(), reason));
    }
  }

  /** The process of a state that has one. */
  private Process current() {
    return Objects.requireNonNull(process);
  }

  @Override
  public boolean mends(IOException e) throws InterruptedException {
    Process asked;
    synchronized (this) {
      if (state != State.READY) {
        return state == State.STARTING;
      }
      asked = current();
    }
    if (e instanceof ComfyUiHttp.BadAnswer
        || e instanceof FileNotFoundException
        || e instanceof FileSystemException) {
      return false;
    }
    // A broken connection is seen before the exit that broke it.
    if (!asked.waitFor(1, TimeUnit.SECONDS)) {
      restart("it does not answer: " + e.getMessage());
    }
    return true;
  }

  @Override
  public void worked() {
    restarts.success();
  }

  @Override
  public synchronized String lastWords() {
    return String.join("\n", lastWords);
  }

  @Override
  public void close() {
    signals.add(new Signal.Closed());
    Thread supervision = Objects.requireNonNull(thread);
    // A cancelled caller must not leave the process behind; its stopping is bounded.
    boolean interrupted = false;
    while (supervision.isAlive()) {
      try {
        supervision.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void supervise() {
    try {
      while (true) {
        Optional<String> end = live();
        if (end.isEmpty()) {
          break;
        }
        Duration delay =
            restarts
                .next()
                .orElseThrow(() ->
                    new GaveUp(
                        "%s, after %d restarts within %d minutes"
                            .formatted(end.get(), Restarts.MOST, Restarts.WINDOW.toMinutes())));
        log.warn("ComfyUI ended ({}), starting it again in {} s", end.get(), delay.toSeconds());
        if (closedWithin(delay)) {
          break;
        }
      }
    } catch (GaveUp e) {
      giveUp(e.getMessage());
      return;
    } catch (InterruptedException | RuntimeException e) {
      log.error("the supervision of ComfyUI broke", e);
      giveUp("its supervision broke: " + e);
      return;
    }
    become(State.CLOSED);
  }

  /** From one start to its end: the reason, or empty when the worker stops. */
  private Optional<String> live() throws GaveUp, InterruptedException {
    Process life;
    try {
      life = ready.start();
    } catch (IOException e) {
      throw new GaveUp(IoErrors.of(e));
    }
    log.info("starting ComfyUI, process {}", life.pid());
    var _ = life.onExit().thenRun(() -> signals.add(new Signal.Exited(life)));
    LogTail words = new LogTail(veil);
    Thread pump = Thread.ofVirtual().start(() -> words.pump(life.getInputStream()));
    ProcessTree tree = new ProcessTree(life);
    synchronized (this) {
      process = life;
    }
    Optional<String> end = Optional.of("its supervision broke");
    try {
      end = watch(life, tree);
      return end;
    } finally {
      become(State.STARTING);
      // What the process wrote last is still on its way when its exit is seen.
      pump.join(DRAINING);
      synchronized (this) {
        lastWords = words.last(LAST_WORDS);
      }
      onDeath.accept(end.orElse("the worker stops"));
      tree.stop();
    }
  }

  private Optional<String> watch(Process life, ProcessTree tree)
      throws GaveUp, InterruptedException {
    while (true) {
      Signal signal = answers ? signals.take() : time.poll(signals, PROBE_EVERY);
      switch (signal) {
        case Signal.Exited(var who) when who.equals(life) -> {
          return Optional.of(exit(life.exitValue()));
        }
        case Signal.Unwanted(var who, var reason) when who.equals(life) -> {
          return Optional.of(reason);
        }
        case Signal.Closed _ -> {
          return Optional.empty();
        }
        case Signal.Exited _, Signal.Unwanted _ -> {}
        case null -> {
          tree.look();
          probe();
        }
      }
    }
  }

  private void probe() throws GaveUp {
    Duration waited = time.since(unreadySince);
    if (ready.answers()) {
      log.info("ComfyUI answers after {} s", waited.toMillis() / 1000.0);
      answers = true;
      become(State.READY);
    } else if (waited.compareTo(launch.startTimeout()) > 0) {
      throw new GaveUp("not ready within %d s".formatted(launch.startTimeout().toSeconds()));
    }
  }

  /** Waits before a restart; true when the worker stops meanwhile. */
  private boolean closedWithin(Duration delay) throws InterruptedException {
    long start = time.nanos();
    while (true) {
      Duration left = delay.minus(time.since(start));
      Signal signal = left.isPositive() ? time.poll(signals, left) : null;
      if (signal == null || signal instanceof Signal.Closed) {
        return signal != null;
      }
    }
  }

  private synchronized void become(State next) {
    if (next == State.STARTING && answers) {
      answers = false;
      unreadySince = time.nanos();
    }
    state = next;
    notifyAll();
  }

  private synchronized void giveUp(String reason) {
    String message = Launch.failed(reason, null).getMessage();
    log.error("{}", message);
    gaveUp.complete(lastWords.isEmpty() ? message : message + "\n" + lastWords());
    become(State.FAILED);
  }

  private static String exit(int code) {
    return "exit code "
        + code
        + switch (code) {
          case 134 -> ", aborted";
          case 137 -> ", killed: often because the machine's memory was used up";
          case 139 -> ", segmentation fault";
          case 143 -> ", terminated";
          default -> "";
        };
  }
}
