package dev.ltx2.worker.fakes;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Every line that anybody logs while it is open, stack traces included. */
public final class CapturedLogs implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = (Logger) LoggerFactory.getLogger("dev.ltx2");
  private final Level before = root.getLevel();
  private final Level oursBefore = ours.getLevel();
  private final List<Appender<ILoggingEvent>> console = new ArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(
              event.getFormattedMessage() + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
      };

  public CapturedLogs() {
    this(Level.TRACE);
  }

  /** Lines of this level and above. */
  public CapturedLogs(Level level) {
    root.iteratorForAppenders().forEachRemaining(console::add);
    console.forEach(root::detachAppender); // at this level it would be all that a test run shows
    appender.start();
    root.setLevel(level);
    ours.setLevel(level);
    root.addAppender(appender);
  }

  public List<String> lines() {
    return lines;
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    console.forEach(root::addAppender);
    root.setLevel(before);
    ours.setLevel(oursBefore);
  }
}
