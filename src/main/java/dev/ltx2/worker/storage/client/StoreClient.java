package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.Checksum;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Puts objects into one bucket and looks for them there. */
public interface StoreClient {
  /** Makes ready what takes time: libraries, credentials. Done by itself when it is needed. */
  void connect() throws StoreFault;

  /**
   * Puts the file there, whole and unharmed or not at all. What has the name already is never
   * replaced; the same bytes are an earlier attempt's success.
   *
   * @throws IOException when the file cannot be read
   */
  void put(String object, Path file, Checksum checksum)
      throws StoreFault, IOException, InterruptedException;

  /** Whether the bucket has an object of these bytes. */
  boolean has(String object, Checksum checksum) throws StoreFault, InterruptedException;

  /** Where an object is, or will be. */
  Place place(String object) throws StoreFault;

  /** Begins to listen for {@link #lastRetry} anew. */
  void forget();

  /** What the latest repetition of a request was for. */
  Optional<String> lastRetry();
}
