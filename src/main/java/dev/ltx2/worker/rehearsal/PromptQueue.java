package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pending prompts, the running one, and those that ended. Every change sends a status. */
final class PromptQueue {
  private static final Comparator<QueuedPrompt> ORDER =
      Comparator.<QueuedPrompt>comparingDouble(prompt -> prompt.number().doubleValue())
          .thenComparing(QueuedPrompt::id);

  private final Sockets sockets;
  private final List<QueuedPrompt> pending = new ArrayList<>();
  private final Map<String, ObjectNode> history = new LinkedHashMap<>();
  private @Nullable QueuedPrompt running;
  private boolean interrupted;
  private boolean forget;
  private boolean closed;

  PromptQueue(Sockets sockets) {
    this.sockets = sockets;
  }

  synchronized void put(QueuedPrompt prompt) {
    pending.add(prompt);
    pending.sort(ORDER);
    changed();
  }

  /** Waits for the next prompt; empty when only {@link #takeForget} is to be asked, or closed. */
  synchronized Optional<QueuedPrompt> take() throws InterruptedException {
    while (pending.isEmpty() && !forget && !closed) {
      wait();
    }
    if (pending.isEmpty() || forget || closed) {
      return Optional.empty();
    }
    QueuedPrompt next = pending.removeFirst();
    running = next;
    interrupted = false;
    changed();
    return Optional.of(next);
  }

  synchronized void done(String id, ObjectNode entry) {
    history.put(id, entry);
    running = null;
    changed();
  }

  private void changed() {
    notifyAll();
    sockets.send("status", JsonNodeFactory.instance.objectNode().set("status", info()), null);
  }

  /** The body of {@code GET /prompt}. */
  synchronized ObjectNode info() {
    ObjectNode info = JsonNodeFactory.instance.objectNode();
    info.putObject("exec_info").put("queue_remaining", pending.size() + (running == null ? 0 : 1));
    return info;
  }

  /** The body of {@code GET /queue}. */
  synchronized ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode now = json.putArray("queue_running");
    if (running != null) {
      now.add(running.json());
    }
    ArrayNode later = json.putArray("queue_pending");
    pending.forEach(prompt -> later.add(prompt.json()));
    return json;
  }

  synchronized void delete(String id) {
    if (pending.removeIf(prompt -> prompt.id().equals(id))) {
      changed();
    }
  }

  synchronized void clear() {
    pending.clear();
    changed();
  }

  /** Interrupts what runs; with an id, only when that is it. */
  synchronized void interrupt(@Nullable String id) {
    if (id == null || (running != null && Objects.equals(running.id(), id))) {
      interrupted = true;
      notifyAll();
    }
  }

  synchronized boolean isInterrupted() {
    return interrupted;
  }

  /** Waits until an interrupt, or, when those are ignored, until the server closes. */
  synchronized void awaitInterrupt(boolean ignored) throws InterruptedException {
    while (!closed && (ignored || !interrupted)) {
      wait();
    }
  }

  /** The body of {@code GET /history/{id}}: empty until the prompt has ended. */
  synchronized ObjectNode history(String id) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (history.containsKey(id)) {
      json.set(id, history.get(id));
    }
    return json;
  }

  /** The body of {@code GET /history}, the last {@code most} entries. */
  synchronized ObjectNode history(int most) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    history.entrySet().stream()
        .skip(Math.max(0, history.size() - most))
        .forEach(entry -> json.set(entry.getKey(), entry.getValue()));
    return json;
  }

  synchronized void forgetHistory(String id) {
    history.remove(id);
  }

  synchronized void clearHistory() {
    history.clear();
  }

  /** Asks the worker to drop its cache between two prompts. */
  synchronized void freeMemory() {
    forget = true;
    notifyAll();
  }

  synchronized boolean takeForget() {
    boolean was = forget;
    forget = false;
    return was;
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized boolean isClosed() {
    return closed;
  }
}
