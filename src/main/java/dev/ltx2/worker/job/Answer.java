package dev.ltx2.worker.job;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** The answer of a finished job; closed once it has been written. */
public interface Answer extends AutoCloseable {
  /** Writes one JSON value; big contents are streamed. */
  void writeTo(JsonGenerator out) throws IOException;

  @Override
  void close();
}
