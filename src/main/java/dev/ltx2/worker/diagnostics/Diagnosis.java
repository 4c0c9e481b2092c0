package dev.ltx2.worker.diagnostics;

import java.util.Locale;

/**
 * One line of the doctor's report.
 *
 * @param name what was looked at
 * @param text what was found and, where it is not well, the remedy
 */
public record Diagnosis(String name, Severity severity, String text) {
  /** How it counts. */
  public enum Severity {
    OK,
    /** Worth knowing; this worker can still do what it is set up for. */
    NOTE,
    FAILED
  }

  static Diagnosis ok(String name, String text) {
    return new Diagnosis(name, Severity.OK, text);
  }

  static Diagnosis note(String name, String text) {
    return new Diagnosis(name, Severity.NOTE, text);
  }

  static Diagnosis failed(String name, String text) {
    return new Diagnosis(name, Severity.FAILED, text);
  }

  /** Either what was found, or the remedy. */
  static Diagnosis of(String name, boolean good, String found, String remedy) {
    return good ? ok(name, found) : failed(name, remedy);
  }

  /** Whether the worker cannot do what it is set up for. */
  public boolean isFailure() {
    return severity == Severity.FAILED;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%-6s %-10s %s", severity.name().toLowerCase(Locale.ROOT), name, text);
  }
}
