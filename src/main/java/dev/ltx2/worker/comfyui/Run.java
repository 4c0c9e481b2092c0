package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.Time;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One prompt from its uploads to its clean-up, with at most one repetition. */
final class Run {
  private static final Logger log = LoggerFactory.getLogger(Run.class);

  /** An interrupt takes effect between sampler steps. */
  private static final Duration STOPPING = Duration.ofSeconds(10);

  /** How often a stop is said again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** {@code /free} only sets a flag, which ComfyUI's worker reads when it wakes; models go then. */
  private static final Duration FREEING = Duration.ofMillis(300);

  private final ComfyUi.Parts parts;
  private final Prompt prompt;
  private final Uploads uploads;
  private final Nodes nodes;
  private final GenerationListener listener;
  private final Meter meter;
  private final Time time;
  private final BlockingQueue<Event> inbox = new LinkedBlockingQueue<>();
  private final List<String> ids = new ArrayList<>();
  private Watch watch;
  private boolean answered;
  private boolean running;
  private boolean hasTurn;
  private Duration waited = Duration.ZERO;

  Run(ComfyUi.Parts parts, Prompt prompt, GenerationListener listener) {
    this.parts = parts;
    this.prompt = prompt;
    this.nodes = new Nodes(prompt.graph());
    this.uploads = new Uploads(parts, prompt);
    this.listener = listener;
    this.meter = new Meter(nodes, listener);
    this.time = parts.time();
  }

  /** Generates and fetches the results into {@code dir}. */
  Generated generate(Path dir) throws ComfyUiException, InterruptedException {
    Duration generating = Duration.ZERO;
    parts.veil().learn(prompt.texts());
    uploads.send();
    takeTurn();
    for (int attempt = 1; ; attempt++) {
      boolean first = attempt == 1;
      uploads.renew();
      long start = time.nanos();
      End end = once();
      generating = generating.plus(time.since(start));
      log.debug("prompt of job {} ended: {}", prompt.jobId(), end.word());
      switch (end) {
        case End.Success success -> {
          parts.supervisor().worked();
          endTurn();
          Results.Fetched files = parts.results().fetch(success.outputs(), prompt, dir);
          meter.finish();
          return new Generated(
              files.video(), files.audio(), uploads.waited().plus(waited), generating, attempt);
        }
        case End.Failure failure when first && failure.kind() == Kind.OUT_OF_MEMORY -> free();
        case End.Failure failure -> throw failed(failure);
        case End.Gone _ when first -> {
          log.warn("prompt of job {} was lost, running it again", prompt.jobId());
          uploads.send();
        }
        case End.Gone gone ->
            throw new ComfyUiException(
                Kind.UNAVAILABLE, withLastWords("ComfyUI went away twice: " + gone.how()));
        case End.Interrupted _ ->
            throw new ComfyUiException(Kind.FAILED, "The prompt was interrupted in ComfyUI");
      }
    }
  }

  private ComfyUiException failed(End.Failure failure) {
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
    listener.started();
  }

  private void endTurn() {
    if (hasTurn) {
      hasTurn = false;
      parts.turn().release();
    }
  }

  /** Posts it under a new id and waits for its end. */
  private End once() throws ComfyUiException, InterruptedException {
    String id = UUID.randomUUID().toString();
    ids.add(id);
    inbox.clear();
    answered = false;
    meter.restart();
    parts.socket().register(id, inbox);
    watch = new Watch(parts.api(), parts.socket(), time, inbox, id, nodes, meter);
    running = true;
    post(id);
    Optional<End> end = watch.await(prompt.timeout());
    if (end.isPresent()) {
      running = false;
      if (!watch.heard() && !(end.get() instanceof End.Gone)) {
        // ComfyUI forgets a socket when an older one with the same client id ends after it.
        parts.socket().drop();
      }
      return end.get();
    }
    Optional<End> stopped = stop();
    if (stopped.isPresent() && stopped.get() instanceof End.Success success) {
      return success;
    }
    if (stopped.isPresent() && stopped.get() instanceof End.Gone) {
      // It was still waiting, and we post one at a time: what runs there will not end.
      parts.supervisor().restart("a prompt waited for " + seconds(prompt.timeout()));
    }
    String message = "Generation timeout: no result within %s".formatted(seconds(prompt.timeout()));
    if (stopped.isEmpty()) {
      message += "; ComfyUI did not obey the interrupt within " + seconds(STOPPING);
    }
    throw new ComfyUiException(Kind.TIMEOUT, message);
  }

  private void post(String id) throws ComfyUiException, InterruptedException {
    ObjectNode body = Http.JSON.createObjectNode();
    body.set("prompt", prompt.graph());
    body.put("prompt_id", id).put("client_id", parts.clientId());
    Api.Posted posted;
    try {
      posted = parts.api().post(body);
    } catch (ConnectException | UnknownHostException | Http.BadAnswer e) {
      running = false;
      if (!parts.supervisor().mends(e)) {
        throw parts.unreachable(e);
      }
      inbox.add(new Event.Died(e.getMessage()));
      return;
    } catch (IOException e) {
      // The answer was lost; whether the prompt arrived is asked at once.
      log.warn("the answer to the prompt of job {} was lost: {}", prompt.jobId(), e.getMessage());
      inbox.add(new Event.SocketDown());
      return;
    }
    answered = true;
    boolean accepted = posted.status() == 200;
    running = accepted;
    String named = posted.body().path("prompt_id").asText();
    if (accepted && !named.equals(id)) {
      ids.add(named);
      running = false;
      quietly(() -> parts.api().stop(named));
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
  private Optional<End> stop() throws InterruptedException {
    String id = ids.getLast();
    long start = time.nanos();
    running = false;
    do {
      quietly(() -> parts.api().stop(id));
      watch.expectEnd();
      try {
        Optional<End> end = watch.await(AGAIN);
        boolean onItsWay = !answered && time.since(start).compareTo(AGAIN.multipliedBy(2)) < 0;
        if (end.isPresent() && !(onItsWay && end.get() instanceof End.Gone)) {
          return end;
        }
        if (end.isPresent()) {
          // The post was cut off: ComfyUI may only now be queueing it.
          time.sleep(AGAIN.dividedBy(4));
        }
      } catch (ComfyUiException e) {
        return Optional.empty();
      }
    } while (time.since(start).compareTo(STOPPING) < 0);
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
      quietly(() -> parts.api().forget(ids));
    }
    parts.results().delete(prompt);
  }

  private void free() throws InterruptedException {
    log.warn("out of memory in job {}, freeing ComfyUI's and trying again", prompt.jobId());
    quietly(() -> parts.api().free());
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
