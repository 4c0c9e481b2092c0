package dev.ltx2.worker.localapi.files;

import dev.ltx2.worker.common.ExplainedException;
import java.nio.file.Path;

/** Looks into files that clients send. */
@FunctionalInterface
public interface MediaProbe {
  /**
   * What the file is.
   *
   * @throws ExplainedException when it is nothing that a request may name; the message says why
   */
  MediaFacts of(Path file) throws ExplainedException, InterruptedException;
}
