package dev.ltx2.worker.runpod.answers;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer on its way to disk. Closed without {@link #finish} it was never there, and what was
 * promised in its place stands.
 */
final class AnswerDraft implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnswerDraft.class);
  private final KeptAnswer place;
  private final FileOutputStream file;
  private final OutputStream out;
  private boolean finished;

  private AnswerDraft(KeptAnswer place) throws IOException {
    this.place = place;
    file = new FileOutputStream(place.part().toFile());
    out = new BufferedOutputStream(file, 1 << 16);
  }

  static AnswerDraft of(KeptAnswer place) throws IOException {
    try {
      return new AnswerDraft(place);
    } catch (IOException e) {
      place.leave();
      throw e;
    }
  }

  OutputStream out() {
    return out;
  }

  /** It is whole and on the disk itself, instead of what was promised. */
  KeptAnswer finish() throws IOException {
    out.flush();
    file.getFD().sync();
    file.close();
    Files.move(place.part(), place.file(), StandardCopyOption.ATOMIC_MOVE);
    finished = true;
    Files.deleteIfExists(place.promise());
    return place;
  }

  @Override
  public void close() {
    if (finished) {
      return;
    }
    Path part = place.part();
    try (FileOutputStream _ = file) {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      LOG.debug("{} could not be deleted", part, e);
    }
    place.leave();
  }
}
