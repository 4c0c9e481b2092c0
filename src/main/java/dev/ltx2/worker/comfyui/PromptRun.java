package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One prompt from its uploads to its clean-up, with at most one repetition. Used by one thread at a
 * time: {@link #finish} is called when {@link #generate} has ended.
 */
final class PromptRun {
  private static final Logger LOG = LoggerFactory.getLogger(PromptRun.class);

  /** How long after the limit a stop, and then a result, may be waited for. */
  static final Duration GRACE = Duration.ofSeconds(12);

  /** For forgetting, after all the rest: so a job is answered within its limit and 15 s. */
  private static final Duration FORGETTING = Duration.ofSeconds(2);

  /** {@code /free} only sets a flag, which ComfyUI's worker reads when it wakes; models go then. */
  private static final Duration FREEING = Duration.ofMillis(300);

  private final ComfyUi.RunContext context;
  private final ComfyUiConnection connection;
  private final Prompt prompt;
  private final InputUploads uploads;
  private final GenerationListener listener;
  private final PromptProgress progress;
  private final Clock time;
  private final Turn turn;
  private final List<PromptAttempt> attempts = new ArrayList<>();
  private Duration waited = Duration.ZERO;

  /** For all that ComfyUI does for the job; later by what it waits for others. */
  private Deadline limit;

  /** Whoever has it has a prompt in ComfyUI. */
  private static final class Turn implements AutoCloseable {
    private final Semaphore turns;
    private boolean held;

    Turn(Semaphore turns) {
      this.turns = turns;
    }

    void take() throws InterruptedException {
      turns.acquire();
      held = true;
    }

    /** Lets the next one in; does nothing where it was not taken, or has ended already. */
    @Override
    public void close() {
      if (held) {
        held = false;
        turns.release();
      }
    }
  }

  PromptRun(ComfyUi.RunContext context, Prompt prompt, GenerationListener listener) {
    this.context = context;
    this.connection = context.connection();
    this.prompt = prompt;
    this.uploads = new InputUploads(context, prompt);
    this.listener = listener;
    this.time = connection.time();
    this.progress = new PromptProgress(new GraphNodes(prompt.graph()), listener, time);
    this.turn = new Turn(context.turns());
    this.limit = Deadline.in(time, prompt.timeout());
  }

  /** Generates and fetches the results into {@code dir}. */
  Generated generate(Path dir) throws ComfyUiException, InterruptedException {
    Duration generating = Duration.ZERO;
    context.redactor().register(prompt.texts());
    limit = uploads.send(limit);
    takeTurn();
    while (true) {
      limit = uploads.renew(limit);
      long start = time.nanos();
      PromptOutcome end = attempt();
      boolean first = attempts.size() == 1;
      generating = generating.plus(time.since(start));
      LOG.debug("Finished a prompt of job {}: {}", prompt.jobId(), end.word());
      switch (end) {
        case PromptOutcome.Success success -> {
          context.supervisor().onSuccess();
          turn.close();
          ResultFiles.Fetched files =
              context.results().fetch(success.outputs(), prompt, dir, limit.later(GRACE));
          progress.finish();
          Duration queued = uploads.waited().plus(waited);
          return new Generated(files.video(), files.audio(), queued, generating, attempts.size());
        }
        case PromptOutcome.Failure failure when first && failure.kind() == Kind.OUT_OF_MEMORY ->
            free();
        case PromptOutcome.Failure failure -> throw failed(failure);
        case PromptOutcome.Vanished _ when first -> {
          LOG.warn("Running the prompt of job {} again: ComfyUI lost it", prompt.jobId());
          limit = uploads.send(limit);
        }
        case PromptOutcome.Vanished vanished ->
            throw new ComfyUiException(
                Kind.UNAVAILABLE, withLog("ComfyUI went away twice: " + vanished.how()));
        case PromptOutcome.Interrupted _ ->
            throw new ComfyUiException(Kind.FAILED, "The prompt was interrupted in ComfyUI");
      }
    }
  }

  private void takeTurn() throws ComfyUiException, InterruptedException {
    long start = time.nanos();
    turn.take();
    context.supervisor().awaitReady();
    waited = time.since(start);
    limit = limit.later(waited);
    listener.started();
  }

  private PromptOutcome attempt() throws ComfyUiException, InterruptedException {
    if (limit.passed()) {
      throw PromptAttempt.timedOut(prompt, "");
    }
    progress.restart();
    PromptAttempt attempt = new PromptAttempt(context, prompt, progress);
    attempts.add(attempt);
    return attempt.run(limit);
  }

  private ComfyUiException failed(PromptOutcome.Failure failure) {
    String message = context.redactor().redact(failure.message());
    if (failure.kind() == Kind.DISK_FULL) {
      message += context.results().left();
    }
    if (failure.kind() == Kind.GPU_FAULT) {
      context.supervisor().restart(message);
    }
    return new ComfyUiException(failure.kind(), message);
  }

  private void free() throws InterruptedException {
    LOG.warn("Freeing ComfyUI's memory and running job {} again: out of memory", prompt.jobId());
    ComfyUiApi.ignoringIoErrors(() -> connection.api().free(limit));
    time.sleep(FREEING);
  }

  private String withLog(String message) {
    String tail = context.supervisor().logTail();
    return tail.isEmpty() ? message : message + "\n" + tail;
  }

  /** Stops what may still run, then deletes the job's history and files. */
  void finish() {
    progress.mute();
    try (turn) {
      if (!attempts.isEmpty()) {
        attempts.getLast().withdraw(limit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<String> ids = attempts.stream().flatMap(attempt -> attempt.ids().stream()).toList();
    ids.forEach(connection.socket()::unregister);
    if (!ids.isEmpty()) {
      ComfyUiApi.ignoringIoErrors(
          () -> connection.api().forget(ids, Deadline.in(time, FORGETTING)));
    }
    context.results().delete(prompt);
  }
}
