package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One prompt from its uploads to its clean-up, with at most one repetition. */
final class PromptRun {
  private static final Logger log = LoggerFactory.getLogger(PromptRun.class);

  /** An interrupt takes effect between sampler steps. */
  private static final Duration STOPPING = Duration.ofSeconds(10);

  /** How long after the limit a stop, and then a result, may be waited for. */
  private static final Duration GRACE = Duration.ofSeconds(12);

  /** For forgetting, after all the rest: so a job is answered within its limit and 15 s. */
  private static final Duration FORGETTING = Duration.ofSeconds(2);

  /** How often a stop is said again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** {@code /free} only sets a flag, which ComfyUI's worker reads when it wakes; models go then. */
  private static final Duration FREEING = Duration.ofMillis(300);

  private final ComfyUi.Parts parts;
  private final Prompt prompt;
  private final InputUploads uploads;
  private final GraphNodes nodes;
  private final GenerationListener listener;
  private final PromptProgress meter;
  private final Clock time;
  private final BlockingQueue<PromptEvent> inbox = new LinkedBlockingQueue<>();
  private final List<String> ids = new ArrayList<>();
  private @Nullable PromptWatcher watch;
  private boolean answered;
  private boolean running;
  private boolean hasTurn;
  private Duration waited = Duration.ZERO;

  /** For all that ComfyUI does for the job; later by what it waits for others. */
  private Deadline limit;

  PromptRun(ComfyUi.Parts parts, Prompt prompt, GenerationListener listener) {
    this.parts = parts;
    this.prompt = prompt;
    this.nodes = new GraphNodes(prompt.graph());
    this.uploads = new InputUploads(parts, prompt);
    this.listener = listener;
    this.meter = new PromptProgress(nodes, listener);
    this.time = parts.time();
    this.limit = Deadline.in(time, prompt.timeout());
  }

  /** Generates and fetches the results into {@code dir}. */
  Generated generate(Path dir) throws ComfyUiException, InterruptedException {
    Duration generating = Duration.ZERO;
    parts.veil().learn(prompt.texts());
    limit = uploads.send(limit);
    takeTurn();
    for (int attempt = 1; ; attempt++) {
      boolean first = attempt == 1;
      limit = uploads.renew(limit);
      long start = time.nanos();
      PromptOutcome end = once();
      generating = generating.plus(time.since(start));
      log.debug("prompt of job {} ended: {}", prompt.jobId(), end.word());
      switch (end) {
        case PromptOutcome.Success success -> {
          parts.supervisor().worked();
          endTurn();
          ResultFiles.Fetched files = fetch(success, dir);
          meter.finish();
          return new Generated(
              files.video(), files.audio(), uploads.waited().plus(waited), generating, attempt);
        }
        case PromptOutcome.Failure failure when first && failure.kind() == Kind.OUT_OF_MEMORY ->
            free();
        case PromptOutcome.Failure failure -> throw failed(failure);
        case PromptOutcome.Gone _ when first -> {
          log.warn("prompt of job {} was lost, running it again", prompt.jobId());
          limit = uploads.send(limit);
        }
        case PromptOutcome.Gone gone ->
            throw new ComfyUiException(
                Kind.UNAVAILABLE, withLastWords("ComfyUI went away twice: " + gone.how()));
        case PromptOutcome.Interrupted _ ->
            throw new ComfyUiException(Kind.FAILED, "The prompt was interrupted in ComfyUI");
      }
    }
  }

  private ResultFiles.Fetched fetch(PromptOutcome.Success success, Path dir)
      throws ComfyUiException, InterruptedException {
    return parts.results().fetch(success.outputs(), prompt, dir, limit.later(GRACE));
  }

  private ComfyUiException failed(PromptOutcome.Failure failure) {
    String message = parts.veil().over(failure.message());
    if (failure.kind() == Kind.DISK_FULL) {
      message += parts.results().left();
    }
    if (failure.kind() == Kind.GPU_FAULT) {
      parts.supervisor().restart(message);
    }
    return new ComfyUiException(failure.kind(), message);
  }

  private void takeTurn() throws ComfyUiException, InterruptedException {
    long start = time.nanos();
    parts.turn().acquire();
    hasTurn = true;
    parts.supervisor().awaitReady();
    waited = time.since(start);
    limit = limit.later(waited);
    listener.started();
  }

  private void endTurn() {
    if (hasTurn) {
      hasTurn = false;
      parts.turn().release();
    }
  }

  /** Posts it under a new id and waits for its end. */
  private PromptOutcome once() throws ComfyUiException, InterruptedException {
    if (limit.passed()) {
      throw new ComfyUiException(Kind.TIMEOUT, timedOut());
    }
    String id = UUID.randomUUID().toString();
    ids.add(id);
    inbox.clear();
    answered = false;
    meter.restart();
    parts.socket().register(id, inbox);
    watch = new PromptWatcher(parts.api(), parts.socket(), time, inbox, id, nodes, meter);
    running = true;
    post(id);
    Optional<PromptOutcome> end = watch.await(limit);
    if (end.isPresent()) {
      running = false;
      if (!watch.heard() && !(end.get() instanceof PromptOutcome.Gone)) {
        // ComfyUI forgets a socket when an older one with the same client id ends after it.
        parts.socket().drop();
      }
      return end.get();
    }
    Optional<PromptOutcome> stopped = stop();
    if (stopped.isPresent() && stopped.get() instanceof PromptOutcome.Success success) {
      return success;
    }
    if (stopped.isPresent() && stopped.get() instanceof PromptOutcome.Gone) {
      // It was still waiting, and we post one at a time: what runs there will not end.
      parts.supervisor().restart("a prompt waited for " + seconds(prompt.timeout()));
    }
    String message = timedOut();
    if (stopped.isEmpty()) {
      message += "; ComfyUI did not obey the interrupt within " + seconds(STOPPING);
    }
    throw new ComfyUiException(Kind.TIMEOUT, message);
  }

  private String timedOut() {
    return "Generation timeout: no result within " + seconds(prompt.timeout());
  }

  private void post(String id) throws ComfyUiException, InterruptedException {
    ObjectNode body = ComfyUiHttp.JSON.createObjectNode();
    body.set("prompt", prompt.graph());
    body.put("prompt_id", id).put("client_id", parts.clientId());
    ComfyUiApi.Posted posted;
    try {
      posted = parts.api().post(body, limit);
    } catch (ConnectException | UnknownHostException | ComfyUiHttp.BadAnswer e) {
      running = false;
      if (!parts.supervisor().mends(e)) {
        throw parts.unreachable(e);
      }
      inbox.add(new PromptEvent.Died(IoErrors.of(e)));
      return;
    } catch (IOException e) {
      // The answer was lost; whether the prompt arrived is asked at once.
      log.warn("the answer to the prompt of job {} was lost: {}", prompt.jobId(), e.getMessage());
      inbox.add(new PromptEvent.SocketDown());
      return;
    }
    answered = true;
    boolean accepted = posted.status() == 200;
    running = accepted;
    String named = posted.body().path("prompt_id").asText();
    if (accepted && !named.equals(id)) {
      ids.add(named);
      running = false;
      quietly(() -> parts.api().stop(named, limit));
      throw new ComfyUiException(
          Kind.REJECTED, "ComfyUI is too old: it does not take the prompt_id it is given");
    }
    // 200 with node errors: the valid branches run, the others do not.
    if (!accepted || Rejection.hasNodeErrors(posted.body())) {
      throw new ComfyUiException(
          Kind.REJECTED, parts.veil().over(Rejection.text(posted.body(), nodes)));
    }
  }

  /**
   * Takes the current prompt out of ComfyUI. Empty when it did not end within the bound: then only
   * its supervisor can help.
   */
  private Optional<PromptOutcome> stop() throws InterruptedException {
    PromptWatcher watch = Objects.requireNonNull(this.watch);
    String id = ids.getLast();
    long start = time.nanos();
    Deadline until = Deadline.in(time, STOPPING).orEarlier(limit.later(GRACE.minus(AGAIN)));
    running = false;
    do {
      quietly(() -> parts.api().stop(id, until));
      watch.expectEnd();
      try {
        Optional<PromptOutcome> end = watch.await(Deadline.in(time, AGAIN).orEarlier(until));
        boolean onItsWay = !answered && time.since(start).compareTo(AGAIN.multipliedBy(2)) < 0;
        if (end.isPresent() && !(onItsWay && end.get() instanceof PromptOutcome.Gone)) {
          return end;
        }
        if (end.isPresent()) {
          // The post was cut off: ComfyUI may only now be queueing it.
          time.sleep(AGAIN.dividedBy(4));
        }
      } catch (ComfyUiException e) {
        return Optional.empty();
      }
    } while (!until.passed());
    parts.supervisor().restart("an interrupt was ignored for " + seconds(STOPPING));
    return Optional.empty();
  }

  /** Stops what may still run, then deletes the job's history and files. */
  void finish() {
    meter.mute();
    try {
      if (running) {
        stop();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      endTurn();
    }
    ids.forEach(parts.socket()::unregister);
    if (!ids.isEmpty()) {
      quietly(() -> parts.api().forget(ids, Deadline.in(time, FORGETTING)));
    }
    parts.results().delete(prompt);
  }

  private void free() throws InterruptedException {
    log.warn("out of memory in job {}, freeing ComfyUI's and trying again", prompt.jobId());
    quietly(() -> parts.api().free(limit));
    time.sleep(FREEING);
  }

  private String withLastWords(String message) {
    String words = parts.supervisor().lastWords();
    return words.isEmpty() ? message : message + "\n" + words;
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
  }

  private interface Sending {
    void send() throws IOException, InterruptedException;
  }

  /** For what is said out of courtesy: a ComfyUI that is not there needs no telling. */
  private void quietly(Sending sending) {
    try {
      sending.send();
    } catch (IOException e) {
      log.debug("not heard by ComfyUI: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
