package dev.ltx2.worker.input;

import dev.ltx2.worker.request.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import okhttp3.HttpUrl;
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
    if (item.size().isPresent()) {
      return ImageInputs.accept(raw, type, item.size().get(), dir.resolve(item.name()));
    }
    AudioInputs.check(raw, type);
    return Files.move(
        raw,
        dir.resolve(item.name() + "." + type.extension()),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Whether it is a file that this very worker serves. */
  boolean isOwn(Source source) {
    return source instanceof Source.Http(HttpUrl url)
        && options.own().apply(url.toString()).isPresent();
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

  private void bring(Source source, Path raw) throws FetchException, InterruptedException {
    switch (source) {
      case Source.Http(HttpUrl url) -> {
        Optional<Path> own = options.own().apply(url.toString());
        if (own.isPresent()) {
          copyOwn(own.get(), raw);
        } else {
          http.fetch(url, raw);
        }
      }
      case Source.Data(String uri) -> DataUri.save(uri, raw, options.limits());
      case Source.LocalFile(String path) ->
          copy(
              options
                  .files()
                  .orElseThrow(() ->
                      FetchException.permanent("only http, https and data: URLs are accepted")),
              path,
              raw);
    }
  }

  private void copyOwn(Path file, Path raw) throws FetchException {
    if (Files.notExists(file)) {
      throw FetchException.permanent(
          "this server has no such file; POST /files answers with a file's address");
    }
    copy(file, file.toString(), raw); // absolute: the folder does not count
  }

  private void copy(Path folder, String source, Path raw) throws FetchException {
    try {
      Path path = folder.resolve(source);
      if (Files.notExists(path)) {
        throw FetchException.permanent(
            Path.of(source).isAbsolute()
                ? "there is no such file"
                : "there is no such file from the request's folder, "
                    + folder
                    + "; a URL starts with https://");
      }
      if (Files.isDirectory(path)) {
        throw FetchException.permanent("it is a folder, not a file");
      }
      // A pipe or /dev/zero would never end.
      if (!Files.isRegularFile(path)) {
        throw FetchException.permanent("it is not a regular file");
      }
      try (InputStream in = Files.newInputStream(path)) {
        LimitedCopy.save(in, raw, options.limits());
      }
    } catch (AccessDeniedException e) {
      throw FetchException.permanent("the file cannot be read: permission denied");
    } catch (InvalidPathException | IOException e) {
      throw FetchException.permanent("the file cannot be read");
    }
  }
}
