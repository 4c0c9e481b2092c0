package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.common.Lease;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.common.Leases.Claim;
import dev.ltx2.worker.runpod.protocol.Endpoints;
import dev.ltx2.worker.runpod.protocol.RouteHealth;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that wait for the platform, in a folder that outlives the worker and may be shared by
 * several: {@code <job id>.json} each, which a worker claims by a lease and deletes when the
 * platform has it. Under the same lease {@code <job id>.json.promise} may come before it.
 */
public final class KeptAnswers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeptAnswers.class);
  private static final String SUFFIX = ".json";

  /** Between an id and a number; ids as file names never have it. */
  private static final char COUNTED = '~';

  /** Answers of one id that wait at once: of a job that failed, was sent again, and so on. */
  private static final int MOST_OF_ONE = 9;

  /** File systems take 255 bytes; this leaves room for a lease's name. */
  private static final int LONGEST_NAME = 200;

  private final Path folder;
  private final RefusedAnswers refused;
  private final Leases leases;
  private final RouteHealth listing = new RouteHealth(LOG, "Reading the kept answers");

  public KeptAnswers(Path folder, Clock time) {
    this.folder = folder;
    this.refused = new RefusedAnswers(folder.resolve("refused"), RefusedAnswers.MAX_BYTES);
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

  /** Begins to keep an answer, which is this worker's from its first byte on. */
  AnswerDraft begin(String jobId) throws IOException {
    return AnswerDraft.of(reserve(jobId));
  }

  private KeptAnswer reserve(String jobId) throws IOException {
    String name = Endpoints.safe(jobId);
    if (name.length() > LONGEST_NAME) {
      throw new IOException("the job's id is too long for a file name");
    }
    Files.createDirectories(folder);
    for (int number = 1; number <= MOST_OF_ONE; number++) {
      Path target = folder.resolve(name + (number == 1 ? "" : COUNTED + "" + number) + SUFFIX);
      if (exists(target)) {
        continue;
      }
      switch (leases.claimNew(target)) {
        case Claim.Ours(Lease lease) -> {
          return new KeptAnswer(jobId, target, lease);
        }
        case Claim.Inaccessible(IOException why) -> throw why;
        case Claim.Theirs(), Claim.NoEntry() -> {}
      }
    }
    throw new IOException("several answers of this job wait already");
  }

  private static boolean exists(Path answer) {
    return Files.exists(answer) || Files.exists(KeptAnswer.promiseOf(answer));
  }

  /** Keeps a promise; not on the disk itself, as it matters only while this machine lives. */
  KeptAnswer promise(String jobId, byte[] content) throws IOException {
    KeptAnswer place = reserve(jobId);
    try {
      Files.write(place.part(), content);
      Files.move(place.part(), place.promise(), StandardCopyOption.ATOMIC_MOVE);
      return place;
    } catch (IOException e) {
      place.lease().close();
      throw e;
    } finally {
      Files.deleteIfExists(place.part());
    }
  }

  /**
   * Keeps an answer, whole or not at all.
   *
   * @param promise whose place it takes, if that is still this worker's
   */
  KeptAnswer keep(String jobId, EncodedAnswer answer, Optional<KeptAnswer> promise)
      throws IOException {
    Optional<KeptAnswer> place = promise.filter(p -> p.lease().held());
    try (AnswerDraft draft = place.isPresent() ? AnswerDraft.of(place.get()) : begin(jobId);
        InputStream in = answer.open()) {
      in.transferTo(draft.out());
      return draft.finish();
    }
  }

  /** What waits; nothing, and a log line, when the folder cannot be read. */
  List<Path> list() {
    return list(KeptAnswers::isAnswer);
  }

  /** Answers that were promised, whether they are there or not. */
  List<Path> promised() {
    return list(file -> file.toString().endsWith(SUFFIX + KeptAnswer.PROMISE)).stream()
        .map(KeptAnswers::promiser)
        .filter(answer -> jobId(answer).isPresent())
        .toList();
  }

  private static Path promiser(Path promise) {
    String name = promise.getFileName().toString();
    return promise.resolveSibling(name.substring(0, name.length() - KeptAnswer.PROMISE.length()));
  }

  private List<Path> list(Predicate<Path> which) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(which).sorted().toList();
      listing.worked();
      return found;
    } catch (IOException e) {
      listing.failed(IoErrors.of(e));
    } catch (UncheckedIOException e) {
      listing.failed(IoErrors.of(Objects.requireNonNull(e.getCause())));
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
  Optional<KeptAnswer> claim(Path answer) {
    return kept(answer, leases.claim(answer));
  }

  /** The same for one that was promised. */
  Optional<KeptAnswer> claimPromise(Path answer) {
    Optional<KeptAnswer> claimed = kept(answer, leases.claimNew(answer));
    if (claimed.isPresent() && !Files.exists(KeptAnswer.promiseOf(answer))) {
      claimed.get().lease().close();
      return Optional.empty();
    }
    return claimed;
  }

  private Optional<KeptAnswer> kept(Path answer, Claim claim) {
    return switch (claim) {
      case Claim.Ours(Lease lease) ->
          Optional.of(new KeptAnswer(jobId(answer).orElseThrow(), answer, lease));
      case Claim.Inaccessible(IOException why) -> {
        listing.failed(answer.getFileName() + ": " + IoErrors.of(why));
        yield Optional.empty();
      }
      case Claim.Theirs(), Claim.NoEntry() -> Optional.empty();
    };
  }

  /** Removes what killed workers left behind: leases of nothing, halves of answers. */
  void tidy() {
    leases.sweep(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path part :
          files.filter(file -> file.toString().endsWith(SUFFIX + KeptAnswer.PART)).toList()) {
        String name = part.getFileName().toString();
        Path answer =
            part.resolveSibling(name.substring(0, name.length() - KeptAnswer.PART.length()));
        if (leases.claimNew(answer) instanceof Claim.Ours(Lease lease)) {
          Files.deleteIfExists(part);
          lease.close();
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("{} cannot be tidied", folder, e);
    }
  }

  /** For people, what the platform will never take. */
  RefusedAnswers refused() {
    return refused;
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
