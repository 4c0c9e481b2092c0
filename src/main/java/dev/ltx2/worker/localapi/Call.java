package dev.ltx2.worker.localapi;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of the API, read from HTTP.
 *
 * @param path its segments, without {@code /v2/{endpoint}}
 * @param query the first value of each parameter
 * @param base {@code http://} and the Host of the request
 * @param body where it lies, whole
 * @param name of the file that is sent, from {@code X-File-Name}; empty without one
 */
record Call(
    String method,
    List<String> path,
    Map<String, String> query,
    String base,
    Optional<Path> body,
    String name) {

  /** What is asked for. */
  String operation() {
    return path.isEmpty() ? "" : path.getFirst();
  }

  /** Whether it is that operation with so many segments behind it. */
  boolean is(String askedMethod, String operation, int more) {
    return method.equals(askedMethod) && operation().equals(operation) && path.size() == more + 1;
  }

  /** The job it is about. */
  String id() {
    return path.get(1);
  }
}
