package dev.ltx2.worker.chaos;

import dev.ltx2.worker.cli.ServeProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** The running workers: each is replaced when it dies, and its own disk goes with it. */
final class ChaosWorkers implements AutoCloseable {
  private final Path logs;
  private final Path disk;
  private final Function<String, Map<String, String>> env;
  private final ChaosLedger ledger;
  private final Map<String, ServeProcess> running = new LinkedHashMap<>();
  private int started;

  /**
   * Starts none yet.
   *
   * @param logs gets a folder for each worker's log
   * @param disk where their temporary files lie
   * @param env a worker's environment, by its id
   */
  ChaosWorkers(
      Path logs, Path disk, Function<String, Map<String, String>> env, ChaosLedger ledger) {
    this.logs = logs;
    this.disk = disk;
    this.env = env;
    this.ledger = ledger;
  }

  synchronized void start() throws IOException {
    started++;
    String id = "w-" + started;
    ledger.count("workers started");
    running.put(id, ServeProcess.start(logs.resolve(id), disk.resolve(id), env.apply(id)));
  }

  synchronized List<String> living() {
    return running.entrySet().stream()
        .filter(worker -> worker.getValue().process().isAlive())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** {@code kill -9}, and another one in its place; false for one that is gone already. */
  synchronized boolean kill(String id) throws IOException {
    ServeProcess worker = running.get(id);
    if (worker == null || !worker.process().isAlive()) {
      return false;
    }
    worker.close();
    bury(id, true);
    start();
    return true;
  }

  /** Replaces those that left by themselves. */
  synchronized void sweep() throws IOException {
    for (String id : List.copyOf(running.keySet())) {
      ServeProcess worker = running.get(id);
      if (!worker.process().isAlive()) {
        int code = worker.process().exitValue();
        ledger.count("workers that left by themselves with " + code);
        ledger.tell(id + " left with exit code " + code);
        bury(id, false);
        start();
      }
    }
  }

  /** SIGTERM to all; false if one did not leave with 0. */
  synchronized boolean endAll() throws Exception {
    running.values().forEach(ServeProcess::terminate);
    boolean clean = true;
    for (String id : List.copyOf(running.keySet())) {
      boolean alive = running.get(id).process().isAlive();
      int code = running.get(id).exitCode();
      if (alive && code != 0) {
        ledger.tell(id + " left with exit code " + code + " after SIGTERM");
        clean = false;
      }
      bury(id, false);
    }
    return clean;
  }

  private void bury(String id, boolean killed) throws IOException {
    running.remove(id);
    ledger.died(id, killed);
    delete(disk.resolve(id));
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(all::add);
    } catch (NoSuchFileException | UncheckedIOException e) {
      return;
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  @Override
  public synchronized void close() {
    running.values().forEach(ServeProcess::close);
  }
}
