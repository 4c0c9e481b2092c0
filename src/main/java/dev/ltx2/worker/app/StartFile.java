package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.StartTimes;
import dev.ltx2.worker.common.TempFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the last start of {@code serve} on this machine took, for {@code doctor --start}. */
public final class StartFile {
  private static final Logger LOG = LoggerFactory.getLogger(StartFile.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private StartFile() {}

  /** Where it lies. */
  public static Path path() {
    return TempFolder.root().resolve("ltx2-worker-start.json");
  }

  /** Writes it now and after every phase. */
  static void keep(StartTimes times) {
    times.onChange(StartFile::write);
    write(times);
  }

  private static synchronized void write(StartTimes times) {
    ObjectNode all = JSON.createObjectNode();
    ObjectNode phases = all.putObject("seconds");
    times.seconds().forEach(phases::put);
    ObjectNode models = all.putObject("warm_up_by_model");
    times.warmUpSeconds().forEach(models::put);
    try {
      Path part = Files.createTempFile(TempFolder.root(), "ltx2-worker-start-", ".part");
      Files.write(part, JSON.writeValueAsBytes(all));
      Files.move(part, path(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.debug("Cannot write {}: {}", path(), e.toString());
    }
  }
}
