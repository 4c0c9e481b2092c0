package dev.ltx2.worker.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** The chaos run as a program: {@code scripts/chaos [SEED [JOBS [KILLS]]]}. */
public final class Chaos {
  private Chaos() {}

  /** Prints what happened; exits with 1 when something must not have. */
  public static void main(String[] args) throws Exception {
    long seed = args.length > 0 ? Long.parseLong(args[0]) : System.nanoTime() % 1_000_000;
    int jobs = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    int kills = args.length > 2 ? Integer.parseInt(args[2]) : 30;
    Path folder = Path.of(System.getProperty("chaos.folder"));
    Optional<ChaosDisk> disk = ChaosDisk.at(Path.of(System.getProperty("chaos.disk", "-")));
    System.out.printf(
        "seed %d, %d jobs, %d kills; %s%n",
        seed,
        jobs,
        kills,
        disk.isPresent()
            ? "temporary files and KEEP_DIR on a small disk that fills up"
            : "no small disk can be mounted: workers that start in its stead find MIN_FREE_DISK"
                + " unmet");
    var size =
        new ChaosRun.Size(
            jobs,
            kills,
            3,
            Duration.ofSeconds(7),
            Duration.ofSeconds(12),
            Duration.ofSeconds(90),
            true);
    long start = System.nanoTime();
    ChaosOracle.Verdict verdict;
    try (ChaosRun run = new ChaosRun(size, seed, folder, disk)) {
      Runtime.getRuntime().addShutdownHook(new Thread(run::abandon));
      verdict = run.run();
      Files.write(folder.resolve("story.txt"), run.ledger().story());
    }
    new TreeMap<>(verdict.counts())
        .forEach((what, count) -> System.out.printf(Locale.ROOT, "%6d  %s%n", count, what));
    System.out.printf("%6d  seconds%n", (System.nanoTime() - start) / 1_000_000_000);
    System.out.printf("%6d  violations%n", verdict.violations().size());
    verdict.violations().forEach(line -> System.out.println("        " + line));
    if (!verdict.violations().isEmpty()) {
      System.out.println("What happened when: " + folder.resolve("story.txt"));
      System.exit(1);
    }
  }
}
