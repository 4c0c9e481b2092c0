package dev.ltx2.worker.logging;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * Keeps Logback from looking for files, which takes an XML parser and its time at every start.
 * Loaded as a service; until a command sets its own {@link Logging}, errors go to stderr.
 */
public final class LoggingInCode extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    Logging.set(context, LogLevel.ERROR, System.err, new TextLine());
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
