package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.handshake.ServerHandshake;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One WebSocket to ComfyUI, opened when first needed, which hands each prompt its events. */
final class EventSocket {
  private static final Logger LOG = LoggerFactory.getLogger(EventSocket.class);
  private static final Duration CONNECT = Duration.ofSeconds(3);

  /** progress_state of a long graph is megabytes; what is larger ends the socket, not the heap. */
  private static final int LARGEST_FRAME = 32 << 20;

  /**
   * Half-open connections are noticed after 1.5 times this. ComfyUI answers pings from the thread
   * that also holds Python's lock while a node runs, so a shorter one would cut off live sockets.
   */
  static final int PING_SECONDS = 5;

  private static final Duration FIRST_DELAY = Duration.ofMillis(250);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);

  private final URI uri;
  private final int pingSeconds;
  private final Clock time;
  private final Map<String, BlockingQueue<PromptEvent>> inboxes = new ConcurrentHashMap<>();
  private @Nullable Connection current;
  private int connections;
  private Duration delay = Duration.ZERO;
  private long triedAt;
  private boolean closed;

  /**
   * Not yet open.
   *
   * @param pingSeconds between pings, usually {@link #PING_SECONDS}
   */
  EventSocket(URI uri, Clock time, int pingSeconds) {
    this.uri = uri;
    this.pingSeconds = pingSeconds;
    this.time = time;
  }

  /** From now on the prompt's events go there, and the socket's own. */
  void register(String promptId, BlockingQueue<PromptEvent> inbox) {
    inboxes.put(promptId, inbox);
  }

  void unregister(String promptId) {
    inboxes.remove(promptId);
  }

  /** Tells all prompts. */
  void broadcast(PromptEvent event) {
    inboxes.values().forEach(inbox -> inbox.add(event));
  }

  /**
   * Opens it unless it is open. The number of the connection, from 1: another one may lead to
   * another ComfyUI. 0 when it did not come up, which only costs speed.
   */
  int open(Deadline until) throws InterruptedException {
    @Nullable Connection connection;
    synchronized (this) {
      if (!closed && (current == null || current.ended)) {
        connect();
      }
      connection = current;
    }
    return connection != null && connection.awaitOpen(until) ? connection.number : 0;
  }

  /** Starts a reconnect when it is down and the back-off has passed; returns at once. */
  synchronized void revive() {
    if (!closed
        && (current == null || current.ended)
        && !time.since(triedAt).minus(delay).isNegative()) {
      connect();
    }
  }

  /** Lets the next prompt start with a new connection. */
  void drop() {
    @Nullable Connection dropped;
    synchronized (this) {
      dropped = current;
      current = null;
    }
    // Outside the lock: the library closes under a lock of its own, and calls back under it.
    if (dropped != null) {
      dropped.close();
    }
  }

  void close() {
    synchronized (this) {
      closed = true;
    }
    drop();
  }

  private void connect() {
    triedAt = time.nanos();
    delay = delay.isZero() ? FIRST_DELAY : delay.multipliedBy(2);
    delay = delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    current = new Connection(uri, ++connections);
    current.connect();
  }

  private void opened(Connection connection) {
    synchronized (this) {
      if (connection == current) {
        broadcast(new PromptEvent.SocketUp());
        return;
      }
    }
    // Dropped while it was connecting: ComfyUI would send the events here.
    connection.close();
  }

  private synchronized void ended(Connection connection, int code) {
    if (connection == current) {
      LOG.debug("Closed the socket to ComfyUI, code {}", code);
      if (time.since(triedAt).compareTo(LONGEST_DELAY) > 0) {
        delay = Duration.ZERO;
      }
      broadcast(new PromptEvent.SocketDown());
    }
  }

  private void deliver(String frame) {
    try {
      PromptEvent.of(frame)
          .ifPresent(event -> {
            BlockingQueue<PromptEvent> inbox = inboxes.get(event.promptId());
            if (inbox != null) {
              inbox.add(event);
            }
          });
    } catch (IOException e) {
      LOG.debug(
          "Ignored a text frame of {} characters from ComfyUI that is not JSON", frame.length());
    }
  }

  private final class Connection extends WebSocketClient {
    private final BlockingQueue<Boolean> settled = new LinkedBlockingQueue<>();
    private final int number;
    private volatile boolean ended;

    Connection(URI address, int number) {
      super(address, new Draft_6455(List.of(), LARGEST_FRAME), null, (int) CONNECT.toMillis());
      this.number = number;
      setTcpNoDelay(true);
      setDaemon(true);
      setConnectionLostTimeout(pingSeconds);
    }

    boolean awaitOpen(Deadline until) throws InterruptedException {
      // It only costs speed: what is left is for the inputs.
      Boolean settling =
          time.poll(
              settled,
              until.left().dividedBy(4).compareTo(CONNECT) < 0
                  ? until.left().dividedBy(4)
                  : CONNECT);
      if (settling != null) {
        // for whoever else waits
        settled.add(settling);
      }
      return settling != null && isOpen();
    }

    private void settle() {
      if (settled.isEmpty()) {
        settled.add(true);
      }
    }

    @Override
    public void onOpen(ServerHandshake handshake) {
      opened(this);
    }

    @Override
    public void onMessage(String frame) {
      // The first is the status that ComfyUI sends once it has noted the socket: events come now.
      settle();
      deliver(frame);
    }

    @Override
    public void onMessage(ByteBuffer preview) {
      // images of the preview, which nobody sees here
    }

    @Override
    public void onClose(int code, String reason, boolean remote) {
      ended = true;
      settle();
      EventSocket.this.ended(this, code);
    }

    @Override
    public void onError(Exception e) {
      // onClose follows; the reason is of no use without it
      LOG.debug("Failed on the socket to ComfyUI: {}", e.toString());
    }
  }
}
