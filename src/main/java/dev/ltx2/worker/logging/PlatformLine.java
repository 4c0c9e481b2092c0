package dev.ltx2.worker.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.nio.charset.StandardCharsets;

/**
 * A log event as RunPod's own worker writes it: {@code {"requestId": …, "message": …, "level": …}}
 * on one line of ASCII, the message cut in its middle above 4096 characters.
 */
final class PlatformLine extends LineEncoder {
  private static final int MAX_MESSAGE = 4096;

  /** Where the thread of a job has its id, as the platform's own workers name it. */
  static final String JOB_ID = "requestId";

  @Override
  public byte[] encode(ILoggingEvent event) {
    String message = event.getFormattedMessage();
    if (event.getThrowableProxy() != null) {
      message += "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
    }
    StringBuilder line = new StringBuilder("{\"requestId\": ");
    String requestId = event.getMDCPropertyMap().get(JOB_ID);
    if (requestId == null) {
      line.append("null");
    } else {
      quote(requestId, line);
    }
    line.append(", \"message\": ");
    quote(cut(message), line);
    line.append(", \"level\": \"").append(event.getLevel()).append("\"}\n");
    return line.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static String cut(String message) {
    int over = message.length() - MAX_MESSAGE;
    return over <= 0
        ? message
        : message.substring(0, MAX_MESSAGE / 2)
            + "\n...TRUNCATED "
            + over
            + " CHARACTERS...\n"
            + message.substring(message.length() - MAX_MESSAGE / 2);
  }

  private static void quote(String text, StringBuilder line) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        line.append("\\u%04x".formatted((int) c));
      } else {
        if (c == '"' || c == '\\') {
          line.append('\\');
        }
        line.append(c);
      }
    }
    line.append('"');
  }
}
