package dev.ltx2.worker.runpod.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ltx2.worker.fakes.CapturedLogs;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RouteHealthTest {
  @Test
  void aFaultAndItsEndAreLoggedOnceEach() {
    try (CapturedLogs logs = new CapturedLogs(Level.INFO)) {
      RouteHealth health =
          new RouteHealth(LoggerFactory.getLogger(RouteHealthTest.class), "The route");
      health.worked();
      health.failed("status 500");
      health.failed("status 500");
      health.failed("not reachable");
      health.worked();
      health.worked();
      health.failed("not reachable");
      assertThat(logs.lines())
          .filteredOn(line -> line.startsWith("The route"))
          .containsExactly(
              "The route fails: status 500; trying again",
              "The route fails: not reachable; trying again",
              "The route works again",
              "The route fails: not reachable; trying again");
    }
  }
}
