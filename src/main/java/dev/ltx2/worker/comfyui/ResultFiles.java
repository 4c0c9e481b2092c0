package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a job in ComfyUI's folders: fetched by path where shared, else by {@code /view}. */
final class ResultFiles {
  private static final Logger LOG = LoggerFactory.getLogger(ResultFiles.class);

  /** A result took minutes of GPU: a broken transfer does not throw it away. */
  private static final int TRIES = 3;

  private final ComfyUiApi api;
  private final Optional<Path> folders;
  private final Clock time;

  ResultFiles(ComfyUiApi api, Optional<Path> folders, Clock time) {
    this.api = api;
    this.folders = folders;
    this.time = time;
  }

  /** What came out; some graphs make no audio. */
  record Fetched(Path video, Optional<Path> audio) {}

  Fetched fetch(JsonNode outputs, Prompt prompt, Path dir, Deadline until)
      throws ComfyUiException, InterruptedException {
    OutputFile video =
        OutputFile.single(outputs, ".mp4", prompt.folder())
            .orElseThrow(() ->
                new ComfyUiException(
                    Kind.FAILED, "ComfyUI ended without a video: no output node wrote an .mp4"));
    Optional<OutputFile> audio = OutputFile.single(outputs, ".flac", prompt.folder());
    Path fetched = fetch(video, dir.resolve("video.mp4"), until);
    return new Fetched(
        fetched,
        audio.isEmpty()
            ? Optional.empty()
            : Optional.of(fetch(audio.get(), dir.resolve("audio.flac"), until)));
  }

  private Path fetch(OutputFile output, Path target, Deadline until)
      throws ComfyUiException, InterruptedException {
    try {
      if (folders.isPresent() && moved(output, target)) {
        return target;
      }
      view(output, target, until);
      return target;
    } catch (IOException e) {
      throw new ComfyUiException(
          Kind.FAILED,
          "Result %s could not be fetched from ComfyUI: %s"
              .formatted(output.filename(), e.getMessage()),
          e);
    }
  }

  private void view(OutputFile output, Path target, Deadline until)
      throws IOException, InterruptedException {
    long there = time.nanos();
    for (int tries = 1; ; ) {
      try {
        api.view(output, target, until);
        return;
      } catch (IOException e) {
        if (until.passed()) {
          throw e;
        } else if (away(e)) {
          // The next prompt may have killed it: that one is run again, and so is this call.
          if (time.since(there).compareTo(PromptWatcher.AWAY) > 0) {
            throw e;
          }
        } else if (e instanceof ComfyUiHttp.BadAnswer || tries++ == TRIES) {
          throw e;
        } else {
          there = time.nanos();
        }
        LOG.warn("Retrying the download of {}: {}", output.filename(), e.getMessage());
        time.sleep(Duration.ofMillis(500));
      }
    }
  }

  private static boolean away(IOException e) {
    return e instanceof ConnectException
        || e instanceof UnknownHostException
        || (e instanceof ComfyUiHttp.BadAnswer answer && answer.status >= 500);
  }

  private boolean moved(OutputFile output, Path target) throws IOException {
    Path outputs = folders.get().resolve("output");
    Path source;
    try {
      source = outputs.resolve(output.subfolder()).resolve(output.filename());
    } catch (InvalidPathException e) {
      return false;
    }
    if (!source.normalize().startsWith(outputs.normalize()) || !Files.isRegularFile(source)) {
      LOG.warn("Fetching {} by HTTP: it is not in the shared folders", output.filename());
      return false;
    }
    Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  /** What is left on ComfyUI's disk, to be appended to a sentence; empty where it is elsewhere. */
  String left() {
    return free().isPresent()
        ? "; %s are left there".formatted(DiskSpace.size(free().getAsLong()))
        : "";
  }

  private OptionalLong free() {
    return folders.map(DiskSpace::free).orElse(OptionalLong.empty());
  }

  /** Whether it is known that ComfyUI's disk has no room for this file. */
  boolean lacksRoomFor(Path file) {
    OptionalLong free = free();
    return free.isPresent() && free.getAsLong() < file.toFile().length();
  }

  /** Deletes what the job has in shared folders. */
  void delete(Prompt prompt) {
    if (folders.isEmpty()) {
      return;
    }
    for (String folder : List.of("input", "output", "temp")) {
      Path path = folders.get().resolve(folder).resolve(prompt.folder());
      try {
        if (Files.exists(path)) {
          deleteTree(path);
        }
      } catch (IOException e) {
        LOG.warn(
            "Cannot delete the files of job {} in {}: {}", prompt.jobId(), folder, IoErrors.of(e));
      }
    }
  }

  private static void deleteTree(Path path) throws IOException {
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
