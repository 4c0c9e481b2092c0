package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One posting of a prompt under a new id, to its end. Used by one thread at a time: whoever
 * withdraws it starts after {@link #run} has ended.
 */
final class PromptAttempt {
  private static final Logger LOG = LoggerFactory.getLogger(PromptAttempt.class);

  /** An interrupt takes effect between sampler steps. */
  private static final Duration STOPPING = Duration.ofSeconds(10);

  /** How often a stop is said again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** What ComfyUI has of it. */
  private enum Presence {
    /** Nothing, or nothing any more. */
    ABSENT,
    /** The post was sent and not answered: it may only now be queued. */
    UNCONFIRMED,
    /** It waits or runs. */
    QUEUED
  }

  private final ComfyUi.RunContext context;
  private final ComfyUiConnection connection;
  private final Clock time;
  private final Prompt prompt;
  private final GraphNodes nodes;
  private final String id = UUID.randomUUID().toString();
  private final List<String> ids = new ArrayList<>(List.of(id));
  private final BlockingQueue<PromptEvent> inbox = new LinkedBlockingQueue<>();
  private final PromptWatcher watcher;
  private Presence presence = Presence.ABSENT;

  PromptAttempt(ComfyUi.RunContext context, Prompt prompt, PromptProgress progress) {
    this.context = context;
    this.connection = context.connection();
    this.time = connection.time();
    this.prompt = prompt;
    this.nodes = progress.nodes();
    this.watcher = new PromptWatcher(connection, id, inbox, progress);
  }

  /** Under which ComfyUI may know it. */
  List<String> ids() {
    return ids;
  }

  /** Posts it and waits for its end. */
  PromptOutcome run(Deadline limit) throws ComfyUiException, InterruptedException {
    connection.socket().register(id, inbox);
    post(limit);
    Optional<PromptOutcome> end = watcher.await(limit);
    if (end.isEmpty()) {
      return stopLate(limit);
    }
    presence = Presence.ABSENT;
    if (!watcher.heard() && !(end.get() instanceof PromptOutcome.Vanished)) {
      // ComfyUI forgets a socket when an older one with the same client id ends after it.
      connection.socket().drop();
    }
    return end.get();
  }

  private void post(Deadline limit) throws ComfyUiException, InterruptedException {
    presence = Presence.UNCONFIRMED;
    ComfyUiApi.PostAnswer answer;
    try {
      answer = connection.api().post(prompt.graph(), id, limit);
    } catch (ConnectException | UnknownHostException | ComfyUiHttp.BadAnswer e) {
      presence = Presence.ABSENT;
      if (!context.supervisor().recoverFrom(e)) {
        throw connection.unreachable(e);
      }
      inbox.add(new PromptEvent.ProcessDied(IoErrors.of(e)));
      return;
    } catch (IOException e) {
      // Whether the prompt arrived is asked at once.
      LOG.warn("Lost the answer to the prompt of job {}: {}", prompt.jobId(), e.getMessage());
      inbox.add(new PromptEvent.SocketDown());
      return;
    }
    boolean accepted = answer.status() == 200;
    presence = accepted ? Presence.QUEUED : Presence.ABSENT;
    String named = answer.body().path("prompt_id").asText();
    if (accepted && !named.equals(id)) {
      ids.add(named);
      presence = Presence.ABSENT;
      ComfyUiApi.ignoringIoErrors(() -> connection.api().stop(named, limit));
      throw new ComfyUiException(
          Kind.REJECTED, "ComfyUI is too old: it does not take the prompt_id it is given");
    }
    // 200 with node errors: the valid branches run, the others do not.
    if (!accepted || Rejection.hasNodeErrors(answer.body())) {
      throw new ComfyUiException(
          Kind.REJECTED, context.redactor().redact(Rejection.text(answer.body(), nodes)));
    }
  }

  /** Its limit has passed: a success while it is stopped still counts. */
  private PromptOutcome stopLate(Deadline limit) throws ComfyUiException, InterruptedException {
    Optional<PromptOutcome> stopped = stop(limit);
    if (stopped.isPresent() && stopped.get() instanceof PromptOutcome.Success success) {
      return success;
    }
    if (stopped.isPresent() && stopped.get() instanceof PromptOutcome.Vanished) {
      // It was still waiting, and we post one at a time: what runs there will not end.
      context.supervisor().restart("a prompt waited for " + seconds(prompt.timeout()));
    }
    throw timedOut(
        prompt,
        stopped.isEmpty()
            ? "; ComfyUI did not obey the interrupt within " + seconds(STOPPING)
            : "");
  }

  static ComfyUiException timedOut(Prompt prompt, String more) {
    return new ComfyUiException(
        Kind.TIMEOUT, "Generation timeout: no result within " + seconds(prompt.timeout()) + more);
  }

  /** Stops it where ComfyUI may still have it. */
  void withdraw(Deadline limit) throws InterruptedException {
    if (presence != Presence.ABSENT) {
      stop(limit);
    }
  }

  /**
   * Takes it out of ComfyUI. Empty when it did not end within the bound: then only the supervisor
   * can help.
   */
  private Optional<PromptOutcome> stop(Deadline limit) throws InterruptedException {
    long start = time.nanos();
    Deadline until =
        Deadline.in(time, STOPPING).orEarlier(limit.later(PromptRun.GRACE.minus(AGAIN)));
    boolean unconfirmed = presence == Presence.UNCONFIRMED;
    presence = Presence.ABSENT;
    do {
      ComfyUiApi.ignoringIoErrors(() -> connection.api().stop(id, until));
      watcher.expectEnd();
      try {
        Optional<PromptOutcome> end = watcher.await(Deadline.in(time, AGAIN).orEarlier(until));
        boolean onItsWay = unconfirmed && time.since(start).compareTo(AGAIN.multipliedBy(2)) < 0;
        if (end.isPresent() && !(onItsWay && end.get() instanceof PromptOutcome.Vanished)) {
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
    context.supervisor().restart("an interrupt was ignored for " + seconds(STOPPING));
    return Optional.empty();
  }

  private static String seconds(Duration duration) {
    return duration.toSeconds() + " s";
  }
}
