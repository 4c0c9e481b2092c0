package dev.ltx2.worker.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextLineTest {
  private static final String TIME = "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ";

  private static List<String> lines(String message, Throwable thrown, Object... values) {
    return lines(Map.of(), message, thrown, values);
  }

  private static List<String> lines(
      Map<String, String> job, String message, Throwable thrown, Object... values) {
    LoggingEvent event =
        new LoggingEvent(
            "x",
            new LoggerContext().getLogger("dev.ltx2.worker.pipeline.VideoJob"),
            Level.WARN,
            message,
            thrown,
            values);
    event.setMDCPropertyMap(job);
    String written = new String(new TextLine().encode(event), UTF_8);
    assertThat(written).endsWith("\n");
    return List.of(written.substring(0, written.length() - 1).split("\n", -1));
  }

  @ParameterizedTest
  @CsvSource({
    "10,\\n",
    "13,\\u000d",
    "0,\\u0000",
    "27,\\u001b",
    "127,\\u007f",
    "133,\\u0085",
    "8232,\\u2028",
    "8238,\\u202e",
  })
  void aMessageStaysOnItsLine(int character, String escaped) {
    String id = "job-1" + Character.toString(character) + "12:00:00.000 ERROR VideoJob forged";

    List<String> lines = lines("job {} is late", null, id);

    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst())
        .matches(TIME + "WARN  VideoJob .*")
        .endsWith(" job job-1" + escaped + "12:00:00.000 ERROR VideoJob forged is late");
  }

  @Test
  void theJobIsNamedOnItsOwnLine() {
    assertThat(lines(Map.of("requestId", "a-1\n12:00:00.000"), "Started.", null))
        .hasSize(1)
        .first()
        .asString()
        .endsWith(" WARN  VideoJob [a-1\\n12:00:00.000] Started.");
  }

  @Test
  void textOfTheWorldIsLeftAsItIs() {
    assertThat(lines("雨 🎬 schön", null)).hasSize(1).first().asString().endsWith("雨 🎬 schön");
  }

  @Test
  void aStackTraceIsIndented() {
    Exception thrown =
        new IllegalStateException("first\n12:00:00.000 ERROR VideoJob forged", new Exception("b"));

    List<String> lines = lines("broken", thrown);

    assertThat(lines).hasSizeGreaterThan(4);
    assertThat(lines.getFirst()).matches(TIME + "WARN  VideoJob broken");
    assertThat(lines.subList(1, lines.size())).allMatch(line -> line.startsWith("    "));
    assertThat(lines).anyMatch(line -> line.contains("Caused by: java.lang.Exception: b"));
  }
}
