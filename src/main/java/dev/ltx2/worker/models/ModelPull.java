package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.ExponentialBackOff;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the missing files of a list into a folder. */
public final class ModelPull {
  private static final Logger LOG = LoggerFactory.getLogger(ModelPull.class);

  /**
   * How fast, and how patiently.
   *
   * @param connections open at once
   * @param chunkBytes what one request asks for; what a broken connection can cost
   * @param tries of one chunk without a byte of progress
   * @param firstPause before the second try; about doubled at each further one
   */
  record Tuning(
      int connections, long chunkBytes, int tries, Duration firstPause, FolderLock.HeartRate lock) {
    /** Ten tries: a server that is away for more than a minute costs nothing that was fetched. */
    static final Tuning DEFAULT =
        new Tuning(8, 64L << 20, 10, Duration.ofSeconds(1), FolderLock.HeartRate.DEFAULT);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    ExponentialBackOff backOff() {
      return new ExponentialBackOff(firstPause, LONGEST_PAUSE);
    }
  }

  private final Hub hub;
  private final Tuning tuning;
  private final PullListener listener;
  private final Clock time;

  public ModelPull(Hub hub, PullListener listener, Clock time) {
    this(hub, Tuning.DEFAULT, listener, time);
  }

  ModelPull(Hub hub, Tuning tuning, PullListener listener, Clock time) {
    this.hub = hub;
    this.tuning = tuning;
    this.listener = listener;
    this.time = time;
  }

  /**
   * Fetches what {@code folders} lack into {@code target}, one writer at a time, every file whole
   * and verified or not at all. Files of wrong size or, with {@code hash}, wrong content are
   * fetched again.
   */
  public void pull(ModelList list, ModelFolders folders, Path target, boolean hash)
      throws ModelsException, InterruptedException {
    try {
      Files.createDirectories(target);
      try (FolderLock lock = FolderLock.take(target, tuning.lock(), time)) {
        Map<ModelFile, RemoteFile> missing = missing(list, folders, hash);
        space(target, missing);
        for (Map.Entry<ModelFile, RemoteFile> each : missing.entrySet()) {
          lock.check();
          fetch(each.getKey(), each.getValue(), target, lock);
        }
      }
    } catch (IOException e) {
      throw new ModelsException(
          "models cannot be fetched into " + target + ": " + IoErrors.of(e), e);
    }
  }

  /**
   * The list's text with every size and SHA-256 that the servers tell and the list lacks.
   *
   * @param asked the part of the list that is looked at
   */
  public String lock(ModelList list, ModelList asked) throws ModelsException, InterruptedException {
    List<ModelFile> known = new ArrayList<>();
    for (ModelFile file : asked.files()) {
      known.add(file.with(compared(file, ask(file))));
    }
    return list.with(known).text();
  }

  private Map<ModelFile, RemoteFile> missing(ModelList list, ModelFolders folders, boolean hash)
      throws IOException, ModelsException, InterruptedException {
    Map<ModelFile, RemoteFile> missing = new LinkedHashMap<>();
    List<ModelCheck.CheckedFile> all = ModelCheck.check(list, folders, hash);
    gates(all);
    for (ModelCheck.CheckedFile found : all) {
      ModelFile file = found.file();
      if (found.condition() == ModelCheck.Condition.UNVERIFIED && file.size().isEmpty()) {
        // The list cannot tell whether it is whole, so the server must.
        RemoteFile remote = compared(file, ask(file));
        if (remote.size() != Files.size(found.where().orElseThrow())) {
          missing.put(file.with(remote), remote);
          continue;
        }
      }
      if (found.condition().usable()) {
        listener.finished(file);
      } else {
        RemoteFile remote = compared(file, ask(file));
        missing.put(file.with(remote), remote);
      }
    }
    return missing;
  }

  /** Repositories that would refuse each file are named at once, before the first byte. */
  private void gates(List<ModelCheck.CheckedFile> files) throws ModelsException {
    Set<String> closed = new TreeSet<>();
    for (ModelCheck.CheckedFile found : files) {
      ModelFile file = found.file();
      if (file.gated() && !found.condition().usable() && !hub.hasTokenFor(file.url())) {
        closed.add(file.page());
      }
    }
    if (!closed.isEmpty()) {
      throw new ModelsException(
          "these models are gated: accept the terms on %s, then set HF_TOKEN to a token of that account"
              .formatted(String.join(" and ", closed)));
    }
  }

  private RemoteFile ask(ModelFile file) throws ModelsException, InterruptedException {
    ExponentialBackOff backOff = tuning.backOff();
    for (int tried = 1; ; tried++) {
      try {
        return hub.ask(file.url());
      } catch (Hub.RefusedException e) {
        throw new ModelsException(file.path() + ": " + e.getMessage(), e);
      } catch (IOException e) {
        if (tried >= tuning.tries()) {
          throw new ModelsException(
              file.path() + ": " + file.url().getHost() + ": " + IoErrors.of(e), e);
        }
        if (tried == 1) {
          // All tries together take two minutes, which would look like a pull that hangs.
          LOG.warn(
              "Asking {} again, {} times at most: {}",
              file.url().getHost(),
              tuning.tries() - 1,
              IoErrors.of(e));
        }
        time.sleep(backOff.next());
      }
    }
  }

  private static RemoteFile compared(ModelFile file, RemoteFile remote) throws ModelsException {
    if (file.size().isPresent() && file.size().getAsLong() != remote.size()) {
      throw another(
          file, "%d bytes, the list says %d".formatted(remote.size(), file.size().getAsLong()));
    }
    if (file.sha256().isPresent()
        && remote.sha256().isPresent()
        && !file.sha256().equals(remote.sha256())) {
      throw another(
          file,
          "its SHA-256 is %s, the list's %s".formatted(remote.sha256().get(), file.sha256().get()));
    }
    return remote;
  }

  /** Not a broken transfer: mirrors have repacks under the official names. */
  private static ModelsException another(ModelFile file, String difference) {
    return new ModelsException(
        "%s: %s has another file of this name (%s): it was replaced there, or is a repack; take it from elsewhere, or correct the list"
            .formatted(file.path(), file.url().getAuthority(), difference));
  }

  private void space(Path target, Map<ModelFile, RemoteFile> missing)
      throws IOException, ModelsException {
    long needed = 0;
    for (Map.Entry<ModelFile, RemoteFile> each : missing.entrySet()) {
      needed +=
          each.getValue().size()
              - PartFile.fetched(target.resolve(each.getKey().path()), tuning.chunkBytes());
    }
    OptionalLong free = DiskSpace.free(target);
    if (free.isPresent() && needed > free.getAsLong()) {
      throw new ModelsException(
          String.format(
              Locale.ROOT,
              "%s has %.1f GB free, the missing models need %.1f GB: make room or give another"
                  + " --dir",
              target,
              free.getAsLong() / 1e9,
              needed / 1e9));
    }
  }

  private void fetch(ModelFile file, RemoteFile remote, Path folder, FolderLock lock)
      throws IOException, ModelsException, InterruptedException {
    Path target = folder.resolve(file.path());
    Files.createDirectories(target.getParent());
    String identity = file.sha256().orElse("-");
    // A second time from the start when all bytes came and their hash is wrong.
    for (int round = 1; ; round++) {
      try (PartFile part = PartFile.open(target, remote.size(), tuning.chunkBytes(), identity)) {
        listener.started(file, part.doneBytes(), remote.size());
        Transfer.PulledFile pulled = new Transfer.PulledFile(file, part, lock);
        new Transfer(hub, tuning, pulled, listener, time).run(remote.ranges());
        listener.verifying(file);
        ModelCheck.CheckedFile found = ModelCheck.check(file, PartFile.part(target), true, _ -> {});
        if (found.condition().usable()) {
          lock.check();
          part.publish();
          listener.finished(file);
          return;
        }
        part.discard();
        if (round == 2) {
          throw another(file, "it came twice so, " + found.detail());
        }
        listener.fetched(file, -remote.size());
      } catch (Hub.RefusedException e) {
        throw new ModelsException(file.path() + ": " + e.getMessage(), e);
      }
    }
  }
}
