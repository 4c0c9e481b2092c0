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
final class InputFetcher {
  private static final Logger LOG = LoggerFactory.getLogger(InputFetcher.class);

  private final Downloads.Options options;
  private final HttpFetch http;

  InputFetcher(Downloads.Options options, HttpFetch http) {
    this.options = options;
    this.http = http;
  }

  /** The finished file in {@code dir}, its extension told by its content. */
  Path fetch(InputSpec item, Path dir) throws FetchException, IOException, InterruptedException {
    Path raw = dir.resolve(item.name() + ".part");
    bring(item.source(), raw);
    FileType type = FileType.of(raw);
    if (item.frame().isPresent()) {
      return ImageInputs.accept(raw, type, item.frame().get(), dir.resolve(item.name()));
    }
    AudioInputs.check(raw, type);
    return Files.move(
        raw,
        dir.resolve(item.name() + "." + type.extension()),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Takes away whatever an input that failed has left. */
  static void clear(InputSpec item, Path dir) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, item.name() + ".*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Not thrown: it would stand in the place of the reason why the input failed.
      LOG.warn("Cannot delete the files of a failed input: {}", e.toString());
    }
  }

  private void bring(String source, Path raw) throws FetchException, InterruptedException {
    if (source.regionMatches(true, 0, "http:", 0, 5)
        || source.regionMatches(true, 0, "https:", 0, 6)) {
      http.fetch(source, raw);
    } else if (DataUri.is(source)) {
      DataUri.save(source, raw, options);
    } else if (options.files().isPresent() && !source.matches("(?is)[a-z][a-z0-9+.-]+:.*")) {
      copy(options.files().get(), source, raw);
    } else {
      throw FetchException.lasting("only http, https and data: URLs are accepted");
    }
  }

  private void copy(Path folder, String source, Path raw) throws FetchException {
    try {
      Path path = folder.resolve(source);
      if (Files.notExists(path)) {
        throw FetchException.lasting(
            Path.of(source).isAbsolute()
                ? "there is no such file"
                : "there is no such file from the request's folder, "
                    + folder
                    + "; a URL starts with https://");
      }
      if (Files.isDirectory(path)) {
        throw FetchException.lasting("it is a folder, not a file");
      }
      // A pipe or /dev/zero would never end.
      if (!Files.isRegularFile(path)) {
        throw FetchException.lasting("it is not a regular file");
      }
      try (InputStream in = Files.newInputStream(path)) {
        LimitedCopy.save(in, raw, options);
      }
    } catch (AccessDeniedException e) {
      throw FetchException.lasting("the file cannot be read: permission denied");
    } catch (InvalidPathException | IOException e) {
      throw FetchException.lasting("the file cannot be read");
    }
  }
}
