package dev.ltx2.worker.localapi.files;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.common.AtomicCopies;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files under names that nobody guesses: 128 random bits. What was made stays until its owner
 * deletes it; what was sent goes when nobody has used it for longer than a job may wait.
 */
public final class FileFolder {
  private static final Logger LOG = LoggerFactory.getLogger(FileFolder.class);
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}\\.[a-z0-9]{2,5}");
  private static final Pattern ADDRESS =
      Pattern.compile("https?://[^/?#]+/files/([0-9a-f]{32}\\.[a-z0-9]{2,5})");

  /** The longest {@code policy.ttl} is seven days. */
  private static final Duration UNUSED = Duration.ofDays(8);

  private final Path made;
  private final Path sent;
  private final Path incoming;
  private final RandomGenerator random = new SecureRandom();
  private final Clock time;

  /** Makes the folders it needs under {@code folder}; half-sent files of another start go. */
  public FileFolder(Path folder, Clock time) throws IOException {
    this.made = open(folder.resolve("files"));
    this.sent = open(folder.resolve("uploads"));
    this.incoming = open(folder.resolve("incoming"));
    this.time = time;
    each(incoming, Files::deleteIfExists);
  }

  private static Path open(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return folder.toAbsolutePath();
  }

  /** A file that is being received lies in here: on the same disk as where it goes then. */
  public Path incoming() {
    return incoming;
  }

  /**
   * Takes in what was made; the file stays the caller's.
   *
   * @param extension without its dot
   * @return its path here
   */
  public Path add(Path file, String extension) throws IOException {
    Path target = made.resolve(name(extension));
    AtomicCopies.linkOrCopy(file, target);
    return target;
  }

  /** A new path for what is still to be made. */
  public Path reserve(String extension) {
    return made.resolve(name(extension));
  }

  /**
   * Takes in what was sent, by moving it.
   *
   * @return its name here
   */
  String accept(Path file, String extension) throws IOException {
    String name = name(extension);
    Files.move(file, sent.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    return name;
  }

  private String name(String extension) {
    byte[] bits = new byte[16];
    random.nextBytes(bits);
    return HexFormat.of().formatHex(bits) + "." + extension;
  }

  /** The file of that name; empty for any text that is no such name. */
  public Optional<Path> find(String name) {
    if (!NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    for (Path folder : new Path[] {made, sent}) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * The file that an address of this server names, whatever host it was reached by: the name alone
   * proves that its owner was told of it. Empty for all other addresses.
   */
  public Optional<Path> ofAddress(String address) {
    Matcher own = ADDRESS.matcher(address);
    Optional<Path> file = own.matches() ? find(own.group(1)) : Optional.empty();
    file.filter(path -> path.startsWith(sent)).ifPresent(this::touch);
    return file;
  }

  private void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(time.now()));
    } catch (IOException e) {
      LOG.debug("Cannot touch {}", file, e);
    }
  }

  /** A job was accepted: what was sent and its input names is in use. */
  public void use(JsonNode input) {
    if (input.isTextual()) {
      var _ = ofAddress(input.textValue());
    }
    input.forEach(this::use);
  }

  /** Deletes what was sent and has not been used for eight days. */
  public void deleteUnused() throws IOException {
    FileTime oldest = FileTime.from(time.now().minus(UNUSED));
    each(
        sent,
        file -> {
          if (Files.getLastModifiedTime(file).compareTo(oldest) < 0) {
            Files.deleteIfExists(file);
          }
        });
  }

  private interface FileAction {
    void on(Path file) throws IOException;
  }

  private static void each(Path folder, FileAction action) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        try {
          action.on(file);
        } catch (NoSuchFileException e) {
          LOG.debug("{} is gone already", file);
        }
      }
    }
  }
}
