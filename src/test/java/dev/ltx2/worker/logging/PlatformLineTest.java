package dev.ltx2.worker.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class PlatformLineTest {
  private static final Logger LOG = LoggerFactory.getLogger("dev.ltx2.worker.test");
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void restore() {
    MDC.clear();
    Logging.text(LogLevel.ERROR, System.err);
  }

  private String logged(LogLevel level, Runnable logging) {
    Logging.platform(level, out);
    logging.run();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void isTheOfficialWorkersLine() {
    MDC.put("requestId", "job-1");
    assertThat(logged(LogLevel.INFO, () -> LOG.warn("a \"b\" \\ ü\n{}", "c")))
        .isEqualTo(
            "{\"requestId\": \"job-1\", \"message\": \"a \\\"b\\\" \\\\ \\u00fc\\u000ac\","
                + " \"level\": \"WARN\"}\n");
  }

  @Test
  void hasNoIdOutsideAJobAndNoDebugByDefault() {
    assertThat(
            logged(
                LogLevel.INFO,
                () -> {
                  LOG.debug("no");
                  LOG.info("yes");
                }))
        .isEqualTo("{\"requestId\": null, \"message\": \"yes\", \"level\": \"INFO\"}\n");
  }

  @Test
  void cutsLongMessagesInTheMiddle() throws Exception {
    String text = "a".repeat(3000) + "b".repeat(3000);
    JsonNode line = new ObjectMapper().readTree(logged(LogLevel.INFO, () -> LOG.info(text)));
    assertThat(line.get("message").asText())
        .isEqualTo("a".repeat(2048) + "\n...TRUNCATED 1904 CHARACTERS...\n" + "b".repeat(2048));
  }

  @Test
  void aStackTraceStaysOnTheLine() {
    assertThat(logged(LogLevel.INFO, () -> LOG.error("x", new IllegalStateException("y"))))
        .hasLineCount(1)
        .contains("IllegalStateException: y\\u000a");
  }
}
