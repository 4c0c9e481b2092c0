package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/** A running ComfyUI: one WebSocket for speed, {@code /history} and {@code /queue} for truth. */
public final class ComfyUi implements AutoCloseable {
  /** What a cancelling caller waits for its prompt to end; the rest is done behind its back. */
  private static final Duration CANCELLING = Duration.ofMillis(700);

  private static final Duration ANSWERING = Duration.ofMinutes(1);

  private final ExecutorService threads;
  private final RunContext context;
  private final AtomicLong deaths = new AtomicLong();

  /**
   * What every run works with.
   *
   * @param turns whoever has the one permit has a prompt in ComfyUI
   */
  record RunContext(
      ComfyUiConnection connection,
      ResultFiles results,
      Supervisor supervisor,
      PromptRedactor redactor,
      Semaphore turns) {}

  /**
   * Opens it lazily: nothing is sent before the first call.
   *
   * @param url its HTTP address
   * @param folders its base folder with {@code input}, {@code output} and {@code temp} where this
   *     process shares it: results are then read by path and the job's files deleted there
   */
  public ComfyUi(URI url, Optional<Path> folders, Clock time) {
    this(url, folders, time, new PromptRedactor(), _ -> Supervisor.NONE);
  }

  /**
   * The same for a process of the worker's own.
   *
   * @param redactor learns the texts of prompts, for whoever passes on what the process writes
   * @param supervision makes the one who looks after the process, who tells the reason of a death
   *     to the consumer: whoever waits need not ask then
   */
  public ComfyUi(
      URI url,
      Optional<Path> folders,
      Clock time,
      PromptRedactor redactor,
      Function<Consumer<String>, Supervisor> supervision) {
    threads = Executors.newVirtualThreadPerTaskExecutor();
    ComfyUiApi api = new ComfyUiApi(new ComfyUiHttp(url, threads, time));
    EventSocket socket = new EventSocket(api.socket(), time, EventSocket.PING_SECONDS);
    context =
        new RunContext(
            new ComfyUiConnection(api, socket, time),
            new ResultFiles(api, folders, time),
            supervision.apply(how -> {
              deaths.incrementAndGet();
              socket.broadcast(new PromptEvent.ProcessDied(how));
            }),
            redactor,
            new Semaphore(1, true));
  }

  /** How often the process behind it has ended by itself, where it is the worker's own. */
  public long deaths() {
    return deaths.get();
  }

  /**
   * Completes with the reason when ComfyUI is given up: every job fails from then on, and only a
   * new worker can help. Never completes for a ComfyUI that is merely used.
   */
  public CompletableFuture<String> gaveUp() {
    return context.supervisor.gaveUp();
  }

  /**
   * Runs one prompt to its end. Of several callers one at a time has its prompt in ComfyUI, in the
   * order in which their inputs were there; uploads and results pass meanwhile. An interrupt of the
   * calling thread cancels it: the prompt leaves ComfyUI's queue or is interrupted within a second,
   * its files go.
   *
   * @param dir where the results are put
   */
  public Generated run(Prompt prompt, Path dir, GenerationListener listener)
      throws ComfyUiException, InterruptedException {
    PromptRun run = new PromptRun(context, prompt, listener);
    boolean cancelled = false;
    try {
      return run.generate(dir);
    } catch (InterruptedException e) {
      cancelled = true;
      Thread.ofVirtual().name("cancel").start(run::finish).join(CANCELLING);
      throw e;
    } finally {
      if (!cancelled) {
        run.finish();
      }
    }
  }

  /** {@code GET /object_info}, within a minute of its being ready. */
  public JsonNode objectInfo() throws ComfyUiException, InterruptedException {
    return objectInfo(ANSWERING);
  }

  /** {@code GET /object_info}, within {@code limit} of its being ready. */
  public JsonNode objectInfo(Duration limit) throws ComfyUiException, InterruptedException {
    return ask(limit, context.connection().api()::objectInfo);
  }

  /** {@code GET /system_stats}, within {@code limit} of its being ready. */
  public JsonNode systemStats(Duration limit) throws ComfyUiException, InterruptedException {
    return ask(limit, context.connection().api()::systemStats);
  }

  private interface Question {
    JsonNode ask(Deadline until) throws IOException, InterruptedException;
  }

  private JsonNode ask(Duration limit, Question question)
      throws ComfyUiException, InterruptedException {
    context.supervisor.awaitReady();
    try {
      return question.ask(Deadline.in(context.connection().time(), limit));
    } catch (IOException e) {
      throw context.connection().unreachable(e);
    }
  }

  @Override
  public void close() {
    context.connection().socket().close();
    context.supervisor.close();
    threads.shutdownNow();
    context.connection().api().close();
  }
}
