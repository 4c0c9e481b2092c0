package dev.ltx2.worker.localapi.queue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs on disk. A request is one file, {@code <id>.<retries>.json}, whole or not there, and
 * readable by its owner alone; {@code <same>.starts} has a byte for each start of a runner. A
 * result is another file. What was half written by a process that died is swept away at the next
 * start.
 */
final class QueueFolder {
  private static final Logger LOG = LoggerFactory.getLogger(QueueFolder.class);
  private static final String PART = ".part";

  /** Numbers as they were written, and texts as long as a request's body may have. */
  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(70_000_000).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final Path requests;
  private final Path results;

  QueueFolder(Path folder) throws IOException {
    requests = privateFolder(folder.resolve("queue"));
    results = privateFolder(folder.resolve("results"));
    sweep(requests);
    sweep(results);
  }

  private static Path privateFolder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return folder;
  }

  private static void sweep(Path folder) throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*" + PART)) {
      for (Path part : parts) {
        Files.deleteIfExists(part);
      }
    }
  }

  private Path request(String id, int retries) {
    return requests.resolve(id + "." + retries + ".json");
  }

  private Path starts(String id, int retries) {
    return requests.resolve(id + "." + retries + ".starts");
  }

  private Path result(String id) {
    return results.resolve(id + ".json");
  }

  /** On the disk itself when this returns; its length. */
  long writeRequest(String id, int retries, ObjectNode record) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(record);
    write(request(id, retries), bytes);
    return bytes.length;
  }

  ObjectNode readRequest(String id, int retries) throws IOException {
    return (ObjectNode) JSON.readTree(request(id, retries).toFile());
  }

  void deleteRequest(String id, int retries) {
    delete(starts(id, retries));
    delete(request(id, retries));
  }

  /** Notes that a runner begins; how often one has, this time included. */
  int started(String id, int retries) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            starts(id, retries),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      file.write(ByteBuffer.wrap(new byte[] {'.'}));
      file.force(true);
      return (int) file.size();
    }
  }

  /** The runner was ended in good order: that start does not count. */
  void forgetStarts(String id, int retries) {
    delete(starts(id, retries));
  }

  void writeResult(String id, ObjectNode record) throws IOException {
    write(result(id), JSON.writeValueAsBytes(record));
  }

  void deleteResult(String id) {
    delete(result(id));
  }

  /**
   * The requests that are here, in the order of their acceptance, without their inputs and with
   * their {@code bytes} on disk; one that is broken is left.
   */
  List<ObjectNode> requests() throws IOException {
    return all(requests).stream()
        .sorted(Comparator.comparingLong(record -> record.path("order").asLong()))
        .toList();
  }

  /** The results that are here. */
  List<ObjectNode> results() throws IOException {
    return all(results);
  }

  private static List<ObjectNode> all(Path folder) throws IOException {
    List<ObjectNode> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
      for (Path file : files) {
        JsonNode record = read(file);
        if (record instanceof ObjectNode object && object.path("id").isTextual()) {
          object.remove("input");
          object.put("bytes", Files.size(file));
          found.add(object);
        }
      }
    }
    return found;
  }

  private static JsonNode read(Path file) throws IOException {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      LOG.error("Cannot read {}, left as it is: {}", file, e.getOriginalMessage());
      return JSON.nullNode();
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + PART);
    try {
      try (FileChannel out =
          FileChannel.open(
              part,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        ByteBuffer content = ByteBuffer.wrap(bytes);
        while (content.hasRemaining()) {
          out.write(content);
        }
        out.force(true);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("Cannot delete {}: {}", file, IoErrors.of(e));
    }
  }
}
