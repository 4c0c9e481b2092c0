package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.Options;
import org.xnio.XnioIoThread;

/** The clients' WebSockets by their {@code clientId}; a new one takes an old one's place. */
final class Sockets {
  /** Of RFC 6455. */
  private static final int GOING_AWAY = 1001;

  private static final long GOODBYE_MILLIS = 300;

  private final Map<String, WebSocketChannel> channels = new LinkedHashMap<>();
  private @Nullable String runningClient;
  private @Nullable String runningNode;
  private boolean closed;

  /** Greets: the queue's state with the socket's id, and the node now running for that client. */
  void open(String clientId, WebSocketChannel channel, Supplier<ObjectNode> queueInfo) {
    // Asked before this lock is taken: the queue sends while it holds its own.
    greet(clientId, channel, queueInfo.get());
  }

  private synchronized void greet(String clientId, WebSocketChannel channel, ObjectNode queueInfo) {
    if (closed) {
      cut(channel, true);
      return;
    }
    String sid = clientId.isEmpty() ? UUID.randomUUID().toString().replace("-", "") : clientId;
    channels.put(sid, channel);
    channel.addCloseTask(gone -> forget(sid, gone));
    channel.getReceiveSetter().set(new AbstractReceiveListener() {});
    channel.resumeReceives();
    ObjectNode greeting = JsonNodeFactory.instance.objectNode();
    greeting.set("status", queueInfo);
    greeting.put("sid", sid);
    send("status", greeting, sid);
    if (sid.equals(runningClient) && runningNode != null) {
      send("executing", JsonNodeFactory.instance.objectNode().put("node", runningNode), sid);
    }
  }

  private synchronized void forget(String sid, WebSocketChannel channel) {
    channels.remove(sid, channel);
    notifyAll();
  }

  /** Whose prompt runs, and at which node; for clients that come back. */
  synchronized void running(@Nullable String client, @Nullable String node) {
    runningClient = client;
    runningNode = node;
  }

  /** Sends to one client, or with a null {@code sid} to all. */
  synchronized void send(String type, JsonNode data, @Nullable String sid) {
    ObjectNode message = JsonNodeFactory.instance.objectNode().put("type", type);
    message.set("data", data);
    String text = message.toString();
    if (sid == null) {
      channels.values().forEach(channel -> WebSockets.sendText(text, channel, null));
    } else if (channels.containsKey(sid)) {
      WebSockets.sendText(text, channels.get(sid), null);
    }
  }

  /** Cuts every connection without a close frame; with {@code reset}, by RST instead of FIN. */
  synchronized void drop(boolean reset) {
    for (WebSocketChannel channel : List.copyOf(channels.values())) {
      cut(channel, reset);
    }
    channels.clear();
  }

  private static void cut(WebSocketChannel channel, boolean reset) {
    inThread(
        channel.getIoThread(),
        () -> {
          try {
            channel.setOption(Options.CLOSE_ABORT, reset);
          } catch (IOException e) {
            // Already gone, which is what was wanted.
          }
          IoUtils.safeClose(channel);
        });
  }

  /** Undertow trips over a frame that its thread reads while another one closes the socket. */
  static void inThread(XnioIoThread thread, Runnable closing) {
    try {
      thread.execute(closing);
    } catch (RejectedExecutionException e) {
      // The server has ended, and its connections with it.
    }
  }

  /** Lets nobody in any more and says goodbye; returns when all have answered it, or soon. */
  synchronized void dismiss() throws InterruptedException {
    closed = true;
    channels.values().forEach(channel -> WebSockets.sendClose(GOING_AWAY, "", channel, null));
    long start = System.nanoTime();
    long left = GOODBYE_MILLIS;
    while (!channels.isEmpty() && left > 0) {
      wait(left);
      left = GOODBYE_MILLIS - (System.nanoTime() - start) / 1_000_000;
    }
  }

  synchronized void close() {
    closed = true;
    drop(true);
  }
}
