package dev.ltx2.worker.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** A process of its own, with a heap of its own: takes every file named, nine times at once. */
final class SmallHeap {
  static final int AT_ONCE = 9;

  private SmallHeap() {}

  /** Prints for each file what came of it; the nine agree, or stand there side by side. */
  public static void main(String[] args) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      for (String file : args) {
        Path source = Path.of(file);
        Callable<String> one = () -> accept(source);
        TreeSet<String> outcomes = new TreeSet<>();
        for (Future<String> outcome :
            threads.invokeAll(Stream.generate(() -> one).limit(AT_ONCE).toList())) {
          outcomes.add(outcome.get());
        }
        System.out.println(source.getFileName() + ": " + String.join(" and ", outcomes));
      }
    }
  }

  private static String accept(Path source) throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory(source.getParent(), "one");
    Path raw = Files.createLink(dir.resolve("image.part"), source);
    try {
      Path file =
          ImageInputs.accept(
              raw, FileType.of(raw), new TargetSize(1280, 736), dir.resolve("image"));
      return "%s of %d bytes".formatted(file.getFileName(), Files.size(file));
    } catch (FetchException fault) {
      return fault.getMessage();
    } catch (OutOfMemoryError e) {
      return "out of memory";
    }
  }
}
