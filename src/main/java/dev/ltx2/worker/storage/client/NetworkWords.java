package dev.ltx2.worker.storage.client;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** What went wrong on the way to a store, by types, never by messages. */
public final class NetworkWords {
  /** The particular before the general. */
  private static final List<Map.Entry<Class<? extends Throwable>, String>> WORDS =
      List.of(
          Map.entry(UnknownHostException.class, "the host name of the storage was not found"),
          Map.entry(ConnectException.class, "connection refused"),
          Map.entry(NoRouteToHostException.class, "the storage cannot be reached"),
          Map.entry(SocketTimeoutException.class, "no answer in time"),
          Map.entry(SSLException.class, "TLS failed"),
          Map.entry(SocketException.class, "the connection broke"));

  private static final int MAX_CAUSES = 20;

  private NetworkWords() {}

  /** A few words; empty where it was not the network. */
  public static Optional<String> of(Throwable thrown) {
    return chain(thrown).reversed().stream()
        .flatMap(link ->
            WORDS.stream()
                .filter(word -> word.getKey().isInstance(link))
                .map(word -> word.getValue() + host(link)))
        .findFirst();
  }

  /** The system's own message has the name first, and then words of its own. */
  private static String host(Throwable link) {
    String message = link.getMessage();
    return link instanceof UnknownHostException && message != null
        ? ": " + message.split(":", 2)[0]
        : "";
  }

  /** It and its causes, outermost first. */
  public static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = thrown; t != null && chain.size() < MAX_CAUSES; t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }
}
