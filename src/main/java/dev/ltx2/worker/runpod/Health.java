package dev.ltx2.worker.runpod;

import org.slf4j.Logger;

/** Logs a route's failing and recovering once each, not every attempt. Used by one thread. */
final class Health {
  private final Logger log;
  private final String route;
  private String problem;

  Health(Logger log, String route) {
    this.log = log;
    this.route = route;
  }

  void failed(String why) {
    if (!why.equals(problem)) {
      problem = why;
      log.warn("{} fails: {}; trying again", route, why);
    }
  }

  void worked() {
    if (problem != null) {
      problem = null;
      log.info("{} works again", route);
    }
  }
}
