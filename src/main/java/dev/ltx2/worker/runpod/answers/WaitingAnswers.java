package dev.ltx2.worker.runpod.answers;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.PromiseCheck;
import dev.ltx2.worker.runpod.answers.PendingAnswer.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that lie safe on disk and are posted on, each by a thread of its own: those of this
 * worker's jobs, and those that other workers left. Both are bounded: a job whose answer finds no
 * room here keeps its seat, and what others left waits in the folder.
 */
public final class WaitingAnswers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WaitingAnswers.class);

  private static final int MOST_OF_OWN = 32;
  private static final int MOST_OF_OTHERS = 8;

  /** Between two looks into the folder; a killed worker's answers are free after 20 s. */
  private static final Duration SCAN = Duration.ofSeconds(5);

  /** How long what others left is tried at a time: behind it more may wait. */
  private static final Duration TRYING_OTHERS = Duration.ofMinutes(1);

  /** What is given up is left for so long to workers that may have more luck. */
  private static final Duration REST = Duration.ofMinutes(3);

  private final ResultOutbox outbox;
  private final KeptAnswers kept;
  private final Clock time;
  private final Semaphore room = new Semaphore(MOST_OF_OWN);
  private final Set<PendingAnswer> own = ConcurrentHashMap.newKeySet();
  private final Set<PendingAnswer> others = ConcurrentHashMap.newKeySet();

  /** Jobs that the platform has handed to this worker and not stopped since: they are pinged. */
  private final Set<String> awaited = ConcurrentHashMap.newKeySet();

  private final Map<Path, Long> resting = new ConcurrentHashMap<>();
  private final Map<String, Path> restingOwn = new ConcurrentHashMap<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<String> departures = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> looks = new LinkedBlockingQueue<>();
  private volatile boolean closed;

  WaitingAnswers(ResultOutbox outbox, KeptAnswers kept, Clock time) {
    this.outbox = outbox;
    this.kept = kept;
    this.time = time;
  }

  void start() {
    begin("kept-answers", this::scan);
  }

  /** Also turns into answers what dead workers had promised. */
  void redeem(Promises promises, PromiseCheck check) {
    begin(
        "promises",
        () -> {
          while (!closed) {
            promises.redeem(check, () -> looks.add("promise"));
            time.sleep(SCAN);
          }
        });
  }

  private void begin(String name, Interruptible action) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(() -> {
              try {
                action.run();
              } catch (InterruptedException e) {
                // closed
              } catch (RuntimeException e) {
                LOG.error("{} ended", name, e);
              } finally {
                threads.remove(Thread.currentThread());
              }
            });
    threads.add(thread);
    thread.start();
  }

  private interface Interruptible {
    void run() throws InterruptedException;
  }

  /** Takes over an answer of this worker's; false where it cannot be kept or too many wait. */
  boolean add(PendingAnswer answer, Duration pause) {
    if (closed || !room.tryAcquire()) {
      return false;
    }
    Optional<KeptAnswer> safe = answer.keep(kept);
    if (safe.isEmpty()) {
      room.release();
      return false;
    }
    LOG.warn("The answer of job {} waits in {}", answer.jobId(), safe.get().file());
    awaited.add(answer.jobId());
    own.add(answer);
    begin("answer-" + answer.jobId(), () -> pushOwn(answer, safe.get().file(), pause));
    return true;
  }

  private void pushOwn(PendingAnswer answer, Path file, Duration pause)
      throws InterruptedException {
    try {
      push(answer, file, pause, own, ResultOutbox.TRYING);
    } finally {
      room.release();
    }
  }

  private void push(
      PendingAnswer answer, Path file, Duration first, Set<PendingAnswer> among, Duration trying)
      throws InterruptedException {
    try {
      long start = time.nanos();
      Duration pause = first;
      while (!closed) {
        time.sleep(pause);
        if (!answer.held()) {
          LOG.warn("The answer of job {} is left to another worker", answer.jobId());
          return;
        }
        if (!(outbox.post(answer) instanceof Outcome.Later(Duration next))) {
          return;
        }
        if (time.since(start).compareTo(trying) > 0) {
          rest(answer, file, own.contains(answer));
          return;
        }
        pause = next;
      }
    } finally {
      among.remove(answer);
      if (!restingOwn.containsKey(answer.jobId())) {
        awaited.remove(answer.jobId());
      }
      answer.release();
      departures.add(answer.jobId());
      looks.add("room");
    }
  }

  private void rest(PendingAnswer answer, Path file, boolean ours) {
    LOG.error(
        "The answer of job {} is not delivered yet; it is kept as {} and tried again every few"
            + " minutes; {}",
        answer.jobId(),
        file,
        ResultOutbox.whereabouts(answer));
    resting.put(file, time.nanos() + REST.toNanos());
    if (ours) {
      restingOwn.put(answer.jobId(), file);
    }
  }

  /**
   * Whether an answer of this job is on its way from here. One that rests is tried again at once.
   */
  public boolean has(String jobId) {
    boolean here = posted().anyMatch(jobId::equals);
    Path file = restingOwn.remove(jobId);
    if (file != null && Files.exists(file)) {
      resting.remove(file);
      looks.add(jobId);
      here = true;
    }
    if (here) {
      awaited.add(jobId);
    }
    return here;
  }

  private Stream<String> posted() {
    return Stream.concat(own.stream(), others.stream()).map(PendingAnswer::jobId);
  }

  /** Jobs handed to this worker whose answers the platform waits for. */
  public List<String> jobIds() {
    return posted().filter(awaited::contains).toList();
  }

  /** The platform waits for this one no longer. */
  public void stopped(String jobId) {
    awaited.remove(jobId);
  }

  /** Waits until the answers of this worker's jobs are delivered. */
  public void awaitEmpty(Duration limit) throws InterruptedException {
    long start = time.nanos();
    while (!own.isEmpty()) {
      Duration left = limit.minus(time.since(start));
      if (!left.isPositive()) {
        LOG.warn("{} answers wait for the next worker", own.size());
        return;
      }
      time.poll(departures, left);
    }
  }

  private void scan() throws InterruptedException {
    kept.prepare();
    while (!closed) {
      try {
        look();
      } catch (RuntimeException e) {
        LOG.error("Kept answers cannot be looked for", e);
      }
      looks.clear();
      time.poll(looks, SCAN);
    }
  }

  private void look() {
    kept.tidy();
    List<Path> found = kept.list();
    resting.values().removeIf(until -> time.nanos() - until >= 0);
    restingOwn.values().retainAll(resting.keySet());
    for (Path file : found) {
      if (closed || others.size() >= MOST_OF_OTHERS) {
        return;
      }
      if (!resting.containsKey(file)) {
        kept.claim(file).ifPresent(this::adopt);
      }
    }
  }

  private void adopt(KeptAnswer file) {
    LOG.info(
        "Delivering the answer of job {}, which an earlier worker could not, or this one not yet",
        file.jobId());
    PendingAnswer answer = file.pending();
    others.add(answer);
    begin(
        "answer-" + file.jobId(),
        () -> push(answer, file.file(), Duration.ZERO, others, TRYING_OTHERS));
  }

  /** Ends the posts; what waits is the next worker's. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
