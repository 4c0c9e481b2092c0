package dev.ltx2.worker.job;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** What a finished job tells its client; closed when it has been written. */
public interface Answer extends AutoCloseable {
  /** Writes one JSON value; big contents are streamed. */
  void writeTo(JsonGenerator out) throws IOException;

  @Override
  void close();
}
