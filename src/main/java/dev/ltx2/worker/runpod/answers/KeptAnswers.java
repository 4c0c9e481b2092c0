package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Lease;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.common.Leases.Claim;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that wait for the platform, in a folder that outlives the worker and may be shared by
 * several: {@code <job id>.json} each, which a worker claims by a lease and deletes when the
 * platform has it. What the platform refuses for good lies in {@code refused}, for people.
 */
public final class KeptAnswers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeptAnswers.class);
  private static final String SUFFIX = ".json";
  private static final String PART = ".part";

  /** Between an id and a number; ids as file names never have it. */
  private static final char COUNTED = '~';

  /** Answers of one id that wait at once: of a job that failed, was sent again, and so on. */
  private static final int MOST_OF_ONE = 9;

  /** File systems take 255 bytes; this leaves room for a lease's name. */
  private static final int LONGEST_NAME = 200;

  private final Path folder;
  private final Leases leases;
  private final RouteHealth listing = new RouteHealth(LOG, "Reading the kept answers");

  /** One that this worker holds. */
  record Kept(String jobId, Path file, Lease lease) {
    /** To be posted. */
    PendingAnswer pending() {
      return new PendingAnswer(
          jobId, new EncodedAnswer.OnDisk(file, file.toFile().length()), Optional.of(this));
    }

    /** Deletes it, unless it has become another worker's. */
    void delete() {
      try {
        if (lease.held()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        LOG.warn("{} is delivered and cannot be deleted: {}", file, IoErrors.of(e));
      }
      lease.close();
    }
  }

  public KeptAnswers(Path folder, Clock time) {
    this.folder = folder;
    this.leases = new Leases(time);
  }

  /** Makes the folder, and says in the log what it is good for. */
  void prepare() {
    try {
      Files.createDirectories(folder);
      if (onVolume()) {
        LOG.info("Answers that cannot be delivered are kept in {}", folder);
      } else {
        LOG.warn(
            "{} is on no volume: answers and videos that are kept there die with this worker;"
                + " attach a network volume, or set KEEP_DIR to a folder on one",
            folder);
      }
    } catch (IOException e) {
      LOG.error(
          "{} cannot be made: {}; answers that cannot be delivered at once are held in memory and"
              + " die with this worker: set KEEP_DIR to a folder this user may write to",
          folder,
          IoErrors.of(e));
    }
  }

  /** A mount of its own: a container's own files go with it. */
  private boolean onVolume() throws IOException {
    FileStore store = Files.getFileStore(folder);
    return !store.equals(Files.getFileStore(Path.of("/")))
        && !store.type().equals("tmpfs")
        && !store.type().equals("overlay");
  }

  /** An answer on its way to disk. Closed without {@link #finish} it was never there. */
  static final class Draft implements AutoCloseable {
    private final Kept kept;
    private final Path part;
    private final FileOutputStream file;
    private final OutputStream out;
    private boolean finished;

    private Draft(Kept kept) throws IOException {
      this.kept = kept;
      part = kept.file().resolveSibling(kept.file().getFileName() + PART);
      file = new FileOutputStream(part.toFile());
      out = new BufferedOutputStream(file, 1 << 16);
    }

    OutputStream out() {
      return out;
    }

    /** It is whole and on the disk itself. */
    Kept finish() throws IOException {
      out.flush();
      file.getFD().sync();
      file.close();
      Files.move(part, kept.file(), StandardCopyOption.ATOMIC_MOVE);
      finished = true;
      return kept;
    }

    @Override
    public void close() {
      if (finished) {
        return;
      }
      try (FileOutputStream _ = file) {
        Files.deleteIfExists(part);
      } catch (IOException e) {
        LOG.debug("{} could not be deleted", part, e);
      }
      kept.lease().close();
    }
  }

  /** Begins to keep an answer, which is this worker's from its first byte on. */
  Draft begin(String jobId) throws IOException {
    String name = Endpoints.safe(jobId);
    if (name.length() > LONGEST_NAME) {
      throw new IOException("the job's id is too long for a file name");
    }
    Files.createDirectories(folder);
    for (int number = 1; number <= MOST_OF_ONE; number++) {
      Path target = folder.resolve(name + (number == 1 ? "" : COUNTED + "" + number) + SUFFIX);
      if (Files.exists(target)) {
        continue;
      }
      switch (leases.claimNew(target)) {
        case Claim.Ours(Lease lease) -> {
          return draft(new Kept(jobId, target, lease));
        }
        case Claim.Failed(IOException why) -> throw why;
        case Claim.Theirs(), Claim.Gone() -> {}
      }
    }
    throw new IOException("several answers of this job wait already");
  }

  private Draft draft(Kept kept) throws IOException {
    try {
      return new Draft(kept);
    } catch (IOException e) {
      kept.lease().close();
      throw e;
    }
  }

  /** Keeps an answer, whole or not at all. */
  Kept keep(String jobId, EncodedAnswer answer) throws IOException {
    try (Draft draft = begin(jobId);
        InputStream in = answer.open()) {
      in.transferTo(draft.out());
      return draft.finish();
    }
  }

  /** Puts aside for people what the platform will never take. */
  Path setAside(String jobId, EncodedAnswer answer) throws IOException {
    Path refused = Files.createDirectories(folder.resolve("refused"));
    String name = Endpoints.safe(jobId);
    String shortened = name.substring(0, Math.min(name.length(), LONGEST_NAME));
    for (int number = 1; ; number++) {
      Path target =
          refused.resolve(shortened + (number == 1 ? "" : COUNTED + "" + number) + SUFFIX);
      if (!Files.exists(target)) {
        Path part = refused.resolve(target.getFileName() + PART);
        try (InputStream in = answer.open()) {
          Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
          return Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(part);
        }
      }
    }
  }

  /** What waits; nothing, and a log line, when the folder cannot be read. */
  List<Path> list() {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(KeptAnswers::isAnswer).sorted().toList();
      listing.worked();
      return found;
    } catch (IOException e) {
      listing.failed(IoErrors.of(e));
    } catch (UncheckedIOException e) {
      listing.failed(IoErrors.of(e.getCause()));
    }
    return List.of();
  }

  private static boolean isAnswer(Path file) {
    return file.toString().endsWith(SUFFIX) && jobId(file).isPresent() && Files.isRegularFile(file);
  }

  private static Optional<String> jobId(Path answer) {
    String name = answer.getFileName().toString();
    name = name.substring(0, name.length() - SUFFIX.length());
    int number = name.indexOf(COUNTED);
    try {
      return Optional.of(
              URLDecoder.decode(
                  number < 0 ? name : name.substring(0, number), StandardCharsets.UTF_8))
          .filter(Endpoints::postable);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Empty when it is another worker's, or gone, or cannot be claimed. */
  Optional<Kept> claim(Path answer) {
    return switch (leases.claim(answer)) {
      case Claim.Ours(Lease lease) ->
          Optional.of(new Kept(jobId(answer).orElseThrow(), answer, lease));
      case Claim.Failed(IOException why) -> {
        listing.failed(answer.getFileName() + ": " + IoErrors.of(why));
        yield Optional.empty();
      }
      case Claim.Theirs(), Claim.Gone() -> Optional.empty();
    };
  }

  /** Removes what killed workers left behind: leases of nothing, halves of answers. */
  void tidy() {
    leases.sweep(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path part : files.filter(file -> file.toString().endsWith(SUFFIX + PART)).toList()) {
        String name = part.getFileName().toString();
        Path answer = part.resolveSibling(name.substring(0, name.length() - PART.length()));
        if (leases.claimNew(answer) instanceof Claim.Ours(Lease lease)) {
          Files.deleteIfExists(part);
          lease.close();
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("{} cannot be tidied", folder, e);
    }
  }

  Path folder() {
    return folder;
  }

  /** Gives back what is held, for the next worker to claim at once. */
  @Override
  public void close() {
    leases.close();
  }
}
