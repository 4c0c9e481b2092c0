package dev.ltx2.worker.input;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings one input to disk from wherever it is, and makes sure of its content. */
final class Sources {
  private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

  private final Downloads.Options options;
  private final HttpFetch http;

  Sources(Downloads.Options options, HttpFetch http) {
    this.options = options;
    this.http = http;
  }

  /** The finished file in {@code dir}, its extension told by its content. */
  Path fetch(Item item, Path dir) throws Fault, IOException, InterruptedException {
    Path raw = dir.resolve(item.name() + ".part");
    bring(item.source(), raw);
    FileType type = FileType.of(raw);
    if (item.frame() != null) {
      return Images.accept(raw, type, item.frame(), dir.resolve(item.name()));
    }
    Sounds.check(raw, type);
    return Files.move(
        raw,
        dir.resolve(item.name() + "." + type.extension()),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes away whatever an input that failed has left. */
  static void clear(Item item, Path dir) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, item.name() + ".*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Not thrown: it would stand in the place of the reason why the input failed.
      LOG.warn("Cannot delete the files of a failed input: {}", e.toString());
    }
  }

  private void bring(String source, Path raw) throws Fault, InterruptedException {
    if (source.regionMatches(true, 0, "http:", 0, 5)
        || source.regionMatches(true, 0, "https:", 0, 6)) {
      http.fetch(source, raw);
    } else if (DataUri.is(source)) {
      DataUri.save(source, raw, options);
    } else if (options.files() != null && !source.matches("(?is)[a-z][a-z0-9+.-]+:.*")) {
      copy(source, raw);
    } else {
      throw Fault.lasting("only http, https and data: URLs are accepted");
    }
  }

  private void copy(String source, Path raw) throws Fault {
    try {
      Path path = options.files().resolve(source);
      if (Files.notExists(path)) {
        throw Fault.lasting(
            Path.of(source).isAbsolute()
                ? "there is no such file"
                : "there is no such file from the request's folder, "
                    + options.files()
                    + "; a URL starts with https://");
      }
      if (Files.isDirectory(path)) {
        throw Fault.lasting("it is a folder, not a file");
      }
      // A pipe or /dev/zero would never end.
      if (!Files.isRegularFile(path)) {
        throw Fault.lasting("it is not a regular file");
      }
      try (InputStream in = Files.newInputStream(path)) {
        Saver.save(in, raw, options);
      }
    } catch (AccessDeniedException e) {
      throw Fault.lasting("the file cannot be read: permission denied");
    } catch (InvalidPathException | IOException e) {
      throw Fault.lasting("the file cannot be read");
    }
  }
}
