package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** A running ComfyUI: one WebSocket for speed, {@code /history} and {@code /queue} for truth. */
public final class ComfyUi implements AutoCloseable {
  /** What a cancelling caller waits for its prompt to end; the rest is done behind its back. */
  private static final Duration CANCELLING = Duration.ofMillis(700);

  private static final Duration ANSWERING = Duration.ofMinutes(1);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Parts parts;

  /**
   * What a run works with.
   *
   * @param turn whoever has it has a prompt in ComfyUI
   */
  record Parts(
      ComfyUiApi api,
      EventSocket socket,
      ResultFiles results,
      Supervisor supervisor,
      PromptRedactor veil,
      Semaphore turn,
      Clock time,
      String clientId) {
    ComfyUiException unreachable(IOException e) {
      String what =
          e instanceof ComfyUiHttp.BadAnswer
              ? "ComfyUI at %s is of no use: %s"
              : "ComfyUI is not reachable at %s: %s";
      return new ComfyUiException(Kind.UNAVAILABLE, what.formatted(api.shown(), e.getMessage()), e);
    }
  }

  /**
   * Opens it lazily: nothing is sent before the first call.
   *
   * @param url its HTTP address
   * @param folders its base folder with {@code input}, {@code output} and {@code temp} where this
   *     process shares it: results are then read by path and the job's files deleted there
   */
  public ComfyUi(URI url, Optional<Path> folders, Clock time) {
    this(url, folders, time, Supervisor.NONE, new PromptRedactor());
  }

  /**
   * The same for a process of the worker's own.
   *
   * @param supervisor who looks after it, and calls {@link #died}
   * @param redactor learns the texts of prompts, for whoever passes on what the process writes
   */
  public ComfyUi(
      URI url, Optional<Path> folders, Clock time, Supervisor supervisor, PromptRedactor redactor) {
    ComfyUiApi api = new ComfyUiApi(new ComfyUiHttp(url, threads, time));
    String clientId = UUID.randomUUID().toString();
    EventSocket socket = new EventSocket(api.socket(clientId), time, EventSocket.PING_SECONDS);
    ResultFiles results = new ResultFiles(api, folders, time);
    this.parts =
        new Parts(
            api, socket, results, supervisor, redactor, new Semaphore(1, true), time, clientId);
  }

  /**
   * Completes with the reason when ComfyUI is given up: every job fails from then on, and only a
   * new worker can help. Never completes for a ComfyUI that is merely used.
   */
  public CompletableFuture<String> gaveUp() {
    return parts.supervisor.gaveUp();
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
    PromptRun run = new PromptRun(parts, prompt, listener);
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
    return ask(limit, parts.api::objectInfo);
  }

  /** {@code GET /system_stats}, within {@code limit} of its being ready. */
  public JsonNode systemStats(Duration limit) throws ComfyUiException, InterruptedException {
    return ask(limit, parts.api::systemStats);
  }

  private interface Question {
    JsonNode ask(Deadline until) throws IOException, InterruptedException;
  }

  private JsonNode ask(Duration limit, Question question)
      throws ComfyUiException, InterruptedException {
    parts.supervisor.awaitReady();
    try {
      return question.ask(Deadline.in(parts.time, limit));
    } catch (IOException e) {
      throw parts.unreachable(e);
    }
  }

  /** The process is gone: whoever waits need not ask. */
  public void died(String how) {
    parts.socket.broadcast(new PromptEvent.Died(how));
  }

  @Override
  public void close() {
    parts.socket.close();
    parts.supervisor.close();
    threads.shutdownNow();
    parts.api.close();
  }
}
