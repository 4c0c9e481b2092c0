package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of one prompt. Events say quickly that something happened; {@code /history} and
 * {@code /queue} say what, and are asked after every end event, after every change of the socket,
 * and whenever nothing was heard for {@link #QUIET}, whatever state the socket claims to be in.
 */
final class PromptWatcher {
  /** So the end is noticed within a second without any event. Both answers are small. */
  private static final Duration QUIET = Duration.ofMillis(500);

  /** Between execution_success and the history entry ComfyUI takes milliseconds. */
  private static final Duration SOON = Duration.ofMillis(20);

  private static final int SOON_CHECKS = 100;

  /** When the limit has passed, the truth is asked for once more: it may just have ended. */
  private static final Duration LAST = Duration.ofSeconds(1);

  /** How long an address without supervisor may refuse connections before the job is given up. */
  static final Duration AWAY = Duration.ofSeconds(30);

  private final ComfyUiConnection connection;
  private final Clock time;
  private final String id;
  private final BlockingQueue<PromptEvent> inbox;
  private final PromptProgress progress;
  private int soon;
  private boolean heard;

  /** Since a call failed, when to give ComfyUI up; null while it answers. */
  private @Nullable Deadline givingUp;

  /** Waits for what {@code inbox} gets, and passes it on to {@code progress}. */
  PromptWatcher(
      ComfyUiConnection connection,
      String id,
      BlockingQueue<PromptEvent> inbox,
      PromptProgress progress) {
    this.connection = connection;
    this.time = connection.time();
    this.id = id;
    this.inbox = inbox;
    this.progress = progress;
  }

  /** Whether the socket told anything of this prompt. */
  boolean heard() {
    return heard;
  }

  /** It was told to stop: ask often for a while. */
  void expectEnd() {
    soon = SOON_CHECKS;
  }

  /** Its end, or empty when the limit has passed first, by a second at most. */
  Optional<PromptOutcome> await(Deadline limit) throws ComfyUiException, InterruptedException {
    while (true) {
      PromptEvent event = time.poll(inbox, limit.left(soon > 0 ? SOON : QUIET));
      if (event instanceof PromptEvent.ProcessDied died) {
        return Optional.of(new PromptOutcome.Vanished(died.how()));
      }
      Optional<PromptOutcome> end =
          isReasonToAsk(event) ? ask(limit.atLeast(LAST)) : Optional.empty();
      if (end.isPresent() || limit.passed()) {
        return end;
      }
    }
  }

  private boolean isReasonToAsk(@Nullable PromptEvent event) {
    if (event == null) {
      soon = Math.max(0, soon - 1);
    }
    if (!(event instanceof PromptEvent.OfPrompt own)) {
      return true;
    }
    heard = true;
    progress.hear(own);
    boolean finished = own instanceof PromptEvent.Finished;
    if (finished) {
      expectEnd();
    }
    return finished;
  }

  /** The truth; empty while it waits or runs, or while ComfyUI does not answer. */
  Optional<PromptOutcome> ask(Deadline until) throws ComfyUiException, InterruptedException {
    connection.socket().revive();
    try {
      Optional<PromptOutcome> end = history(until);
      if (end.isEmpty() && !connection.api().queued(id, until)) {
        // It may have ended between the two answers.
        end = history(until);
        if (end.isEmpty()) {
          return Optional.of(
              new PromptOutcome.Vanished(
                  "ComfyUI no longer knows the prompt; it was restarted meanwhile"));
        }
      }
      givingUp = null;
      return end;
    } catch (InterruptedIOException busy) {
      // It accepts connections but is held up, as when it loads a model: the job's timeout decides.
      return Optional.empty();
    } catch (IOException e) {
      if (e instanceof ComfyUiHttp.BadAnswer bad && bad.tooLong) {
        throw new ComfyUiException(Kind.FAILED, "ComfyUI is of no use: " + e.getMessage(), e);
      }
      if (givingUp == null) {
        givingUp = Deadline.in(time, AWAY);
      } else if (givingUp.passed()) {
        throw new ComfyUiException(
            Kind.UNAVAILABLE,
            "ComfyUI went away during generation and did not come back within %d s: %s"
                .formatted(AWAY.toSeconds(), e.getMessage()),
            e);
      }
      return Optional.empty();
    }
  }

  private Optional<PromptOutcome> history(Deadline until) throws IOException, InterruptedException {
    return connection
        .api()
        .history(id, until)
        .map(entry -> PromptOutcome.of(entry, progress.nodes()));
  }
}
