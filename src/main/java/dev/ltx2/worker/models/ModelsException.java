package dev.ltx2.worker.models;

import dev.ltx2.worker.common.ExplainedException;
import org.jspecify.annotations.Nullable;

/** Models that cannot be listed, checked or fetched; the message says which, why and what to do. */
public final class ModelsException extends ExplainedException {
  ModelsException(String sentence) {
    super(sentence, null);
  }

  ModelsException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
