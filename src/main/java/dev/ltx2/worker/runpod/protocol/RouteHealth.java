package dev.ltx2.worker.runpod.protocol;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Logs a route's failing and recovering once each, not every attempt. Used by one thread. */
public final class RouteHealth {
  private final Logger log;
  private final String route;
  private @Nullable String problem;

  public RouteHealth(Logger log, String route) {
    this.log = log;
    this.route = route;
  }

  public void failed(String why) {
    if (!why.equals(problem)) {
      problem = why;
      log.warn("{} fails: {}; trying again", route, why);
    }
  }

  public void worked() {
    if (problem != null) {
      problem = null;
      log.info("{} works again", route);
    }
  }
}
