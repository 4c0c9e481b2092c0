package dev.ltx2.worker.localapi.files;

import dev.ltx2.worker.common.ExplainedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Takes in the files that clients send.
 *
 * @param folder where they go
 * @param received is told the size of each
 */
public record SentFiles(FileFolder folder, MediaProbe probe, LongConsumer received) {
  /**
   * A file that was taken in.
   *
   * @param size in bytes
   */
  public record AcceptedFile(String name, long size, MediaFacts facts) {}

  /** Says what a sent file is, and takes it in. */
  public AcceptedFile accept(Path file)
      throws ExplainedException, IOException, InterruptedException {
    MediaFacts facts = probe.of(file);
    long size = Files.size(file);
    AcceptedFile accepted = new AcceptedFile(folder.accept(file, facts.extension()), size, facts);
    received.accept(size);
    return accepted;
  }
}
