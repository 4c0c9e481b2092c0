package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Leases;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code KEEP_DIR}, and a folder beside the temporary files for when that is full or away: a video
 * there dies with its machine, but until then it is sent like the others.
 */
record KeepFolders(KeepFolder first, KeepFolder lastResort) {
  private static final Logger LOG = LoggerFactory.getLogger(KeepFolders.class);

  static KeepFolders of(StorageSettings settings, Leases leases, Clock time) {
    Path temp = Path.of(System.getProperty("java.io.tmpdir")).resolve("ltx2-unsent");
    return new KeepFolders(
        new KeepFolder(settings.keepDir(), leases, time), new KeepFolder(temp, leases, time));
  }

  /** Where it is now. */
  Path keep(Destination to, Path file, String why) throws IOException {
    try {
      return first.keep(to, file, why);
    } catch (IOException e) {
      LOG.error("KEEP_DIR cannot keep a video: {}", IoErrors.of(e));
      try {
        return lastResort.keep(to, file, why);
      } catch (IOException second) {
        e.addSuppressed(second);
        throw e;
      }
    }
  }

  /** Removes what killed workers left in both. */
  void sweep() {
    first.sweep();
    lastResort.sweep();
  }

  /** What waits in both, oldest first. */
  List<KeptNote.KeptVideo> list() throws IOException {
    List<KeptNote.KeptVideo> all = new ArrayList<>(lastResort.listOrNone());
    all.addAll(first.list());
    all.sort(Comparator.comparing(kept -> kept.note().since()));
    return all;
  }
}
