package dev.ltx2.worker.logging;

/** The least severe log line that is written. */
public enum LogLevel {
  TRACE,
  DEBUG,
  INFO,
  WARN,
  ERROR
}
