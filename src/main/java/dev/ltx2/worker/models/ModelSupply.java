package dev.ltx2.worker.models;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.common.IoErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models for a worker that brings none: everything of a list is there when {@link #complete} has
 * returned. Files count by their size, since hashing them all would take longer than a start may;
 * what is fetched is hashed.
 */
public final class ModelSupply {
  private static final Logger LOG = LoggerFactory.getLogger(ModelSupply.class);

  private final ModelList list;
  private final ModelFolders folders;
  private final long reserve;
  private final ModelPull.Tuning tuning;
  private final Clock time;

  /**
   * Prepares one; nothing is looked for yet.
   *
   * @param reserve bytes that must stay free beside the models, for jobs
   */
  public ModelSupply(ModelList list, ModelFolders folders, long reserve, Clock time) {
    this(list, folders, reserve, ModelPull.Tuning.DEFAULT, time);
  }

  ModelSupply(
      ModelList list, ModelFolders folders, long reserve, ModelPull.Tuning tuning, Clock time) {
    this.list = list;
    this.folders = folders;
    this.reserve = reserve;
    this.tuning = tuning;
    this.time = time;
  }

  /** What is not there, or not of its size. */
  public List<ModelFile> missing() throws ModelsException {
    try {
      return ModelCheck.check(list, folders, false).stream()
          .filter(found -> !found.condition().usable())
          .map(ModelCheck.CheckedFile::file)
          .toList();
    } catch (IOException e) {
      throw new ModelsException("a model cannot be read: " + IoErrors.of(e), e);
    }
  }

  /** Bytes of these files, as far as the list knows them. */
  public static long bytes(List<ModelFile> files) {
    return files.stream().mapToLong(file -> file.size().orElse(0)).sum();
  }

  /**
   * Fetches what is missing, onto the network volume where there is one, else into ComfyUI's own
   * folder. Room is checked before anything is asked for. An interrupt ends it; a later call goes
   * on from there.
   */
  public void complete(Hub hub) throws ModelsException, InterruptedException {
    List<ModelFile> missing = missing();
    if (missing.isEmpty()) {
      return;
    }
    Path target = target(missing);
    PullLog log = new PullLog(missing, target, time);
    new ModelPull(hub, tuning, log, time).pull(list, folders, target, false);
    log.done();
  }

  /** The first folder that can be written and has room. */
  private Path target(List<ModelFile> missing) throws ModelsException {
    List<String> refusals = new ArrayList<>();
    for (Path folder : Stream.of(folders.volume(), folders.own()).distinct().toList()) {
      String refusal = refusal(folder, missing);
      if (refusal.isEmpty()) {
        return folder;
      }
      refusals.add(refusal);
    }
    throw new ModelsException(
        "The models cannot be fetched: %s. Attach a network volume, or make the container disk larger"
            .formatted(String.join("; ", refusals)));
  }

  /** Why these files cannot go there; empty when they can. */
  private String refusal(Path folder, List<ModelFile> missing) throws ModelsException {
    Path parent = folder.getParent();
    Path writable = Files.isDirectory(folder) ? folder : parent;
    if (writable == null || !Files.isDirectory(writable)) {
      return "there is no " + (parent == null ? folder : parent);
    }
    if (!Files.isWritable(writable)) {
      return writable + " cannot be written";
    }
    long needed = reserve;
    for (ModelFile file : missing) {
      needed += file.size().orElse(0) - fetched(folder.resolve(file.path()));
    }
    OptionalLong free = DiskSpace.free(folder);
    if (free.isEmpty() || needed <= free.getAsLong()) {
      return "";
    }
    return "%s has %s free and %s are needed (%s of models%s, and %s for jobs, MIN_FREE_DISK)"
        .formatted(
            folder,
            amount(free.getAsLong()),
            amount(needed),
            PullLog.gigabytes(bytes(missing)),
            needed - reserve < bytes(missing) ? " less what came before" : "",
            PullLog.gigabytes(reserve));
  }

  private static String amount(long bytes) {
    return PullLog.gigabytes(bytes) + " (" + bytes + " bytes)";
  }

  /** What an earlier start, or another worker on the same volume, has brought of a file. */
  private long fetched(Path target) throws ModelsException {
    try {
      return PartFile.fetched(target, tuning.chunkBytes());
    } catch (NoSuchFileException e) {
      // Another worker has completed it this moment; ModelPull looks again under its lock.
      LOG.debug("{} has just been completed", target);
      return target.toFile().length();
    } catch (IOException e) {
      throw new ModelsException("a model cannot be read: " + IoErrors.of(e), e);
    }
  }
}
