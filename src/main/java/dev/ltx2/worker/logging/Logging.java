package dev.ltx2.worker.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up Logback in code: where lines go depends on the command. */
public final class Logging {
  private Logging() {}

  /** Plain lines, for a person at a terminal. */
  public static void text(LogLevel level, OutputStream target) {
    set(level, target, new TextLine());
  }

  /** One JSON object a line, as RunPod's log viewer reads them. */
  public static void platform(LogLevel level, OutputStream target) {
    set(level, target, new PlatformLine());
  }

  private static void set(LogLevel level, OutputStream target, Encoder<ILoggingEvent> encoder) {
    set((LoggerContext) LoggerFactory.getILoggerFactory(), level, target, encoder);
  }

  static void set(
      LoggerContext context, LogLevel level, OutputStream target, Encoder<ILoggingEvent> encoder) {
    context.reset();
    encoder.setContext(context);
    encoder.start();
    OutputStreamAppender<ILoggingEvent> appender =
        new OutputStreamAppender<>() {
          @Override
          protected void closeOutputStream() {
            // stdout and stderr stay open: the next configuration writes to them too
          }
        };
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.setOutputStream(target);
    appender.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    context.getLogger("dev.ltx2").setLevel(Level.valueOf(level.name()));
    // Undertow and its I/O layer log banners at INFO.
    context.getLogger("io.undertow").setLevel(Level.WARN);
    context.getLogger("org.xnio").setLevel(Level.WARN);
    context.getLogger("org.jboss").setLevel(Level.WARN);
  }
}
