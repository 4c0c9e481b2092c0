package dev.ltx2.worker.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * A log event as a line for a person, with the job's id before what is said of it. A message stays
 * on one line and a stack trace is indented, so only the worker itself can write a line that starts
 * with a time.
 */
public final class TextLine extends LineEncoder {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  @Override
  public byte[] encode(ILoggingEvent event) {
    String logger = event.getLoggerName();
    StringBuilder lines = new StringBuilder();
    lines
        .append(TIME.format(event.getInstant()))
        .append(" %-5s ".formatted(event.getLevel()))
        .append(logger.substring(logger.lastIndexOf('.') + 1))
        .append(' ');
    String job = event.getMDCPropertyMap().get(PlatformLine.JOB_ID);
    if (job != null) {
      lines.append('[').append(escaped(job)).append("] ");
    }
    lines.append(escaped(String.valueOf(event.getFormattedMessage()))).append('\n');
    if (event.getThrowableProxy() != null) {
      ThrowableProxyUtil.asString(event.getThrowableProxy())
          .lines()
          .forEach(line -> lines.append("    ").append(escaped(line.strip())).append('\n'));
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The text on one line: control and formatting characters become escapes. */
  public static String escaped(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          switch (Character.getType(c)) {
            case Character.CONTROL,
                Character.FORMAT,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR ->
                line.append(c == '\n' ? "\\n" : "\\u%04x".formatted(c));
            default -> line.appendCodePoint(c);
          }
        });
    return line.toString();
  }
}
