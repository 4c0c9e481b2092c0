package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.RequestJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A request on disk; paths inside it are meant from its own folder. */
record RequestFile(Path path) {
  /** Reads its input object. */
  JsonNode input() throws InvalidRequestException, CommandFailure {
    try {
      return RequestJson.read(Files.readAllBytes(path));
    } catch (IOException e) {
      throw new CommandFailure(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Where relative paths start. */
  Path folder() {
    return path.toAbsolutePath().normalize().getParent();
  }

  /** Its name without the ending. */
  String stem() {
    return path.getFileName().toString().replaceFirst("\\.json$", "");
  }
}
