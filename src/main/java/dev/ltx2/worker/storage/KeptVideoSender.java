package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskSpace;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the videos that wait in {@code KEEP_DIR} while a worker serves: at its start and every few
 * minutes, one at a time, on a thread and connections of its own. Several workers may share the
 * folder.
 */
public final class KeptVideoSender implements AutoCloseable {
  /** Before a video that could not be sent is tried again. */
  static final Duration AGAIN = Duration.ofMinutes(5);

  /** Before a look at what another worker was sending: longer than a killed one's lease. */
  static final Duration LEASED = Duration.ofSeconds(25);

  /** Less than this in {@code KEEP_DIR} is worth a warning: a few videos. */
  private static final long LITTLE = 1_000_000_000;

  private static final Logger LOG = LoggerFactory.getLogger(KeptVideoSender.class);

  private final KeptVideos unsent;
  private final Path keepDir;
  private final Clock time;
  private final Map<Path, Long> failedAt = new HashMap<>();
  private final Thread thread;
  private boolean warned;

  private KeptVideoSender(KeptVideos unsent, Path keepDir, Clock time) {
    this.unsent = unsent;
    this.keepDir = keepDir;
    this.time = time;
    this.thread = Thread.ofPlatform().daemon().name("unsent-videos").unstarted(this::work);
  }

  /** Begins at once, and returns at once. */
  public static KeptVideoSender start(StorageSettings settings, Clock time) {
    return start(new KeptVideos(settings, UploadTimeouts.UPLOAD, time), settings.keepDir(), time);
  }

  static KeptVideoSender start(KeptVideos unsent, Path keepDir, Clock time) {
    KeptVideoSender sender = new KeptVideoSender(unsent, keepDir, time);
    sender.thread.start();
    return sender;
  }

  private void work() {
    try {
      while (true) {
        Duration pause = AGAIN;
        try {
          warnOfLittleRoom();
          pause = round();
        } catch (StorageException | RuntimeException e) {
          LOG.warn("Unsent videos cannot be sent: {}", e.getMessage());
        }
        time.sleep(pause);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** A full {@code KEEP_DIR} is no reason to stop: most videos never come there. */
  private void warnOfLittleRoom() {
    OptionalLong free = DiskSpace.free(keepDir);
    boolean little = free.isPresent() && free.getAsLong() < LITTLE;
    if (little && !warned) {
      LOG.warn("KEEP_DIR is nearly full: {}", DiskSpace.left(keepDir));
    }
    warned = little;
  }

  /** All that wait and were not tried lately; one that fails holds up no other. */
  private Duration round() throws StorageException, InterruptedException {
    unsent.sweep();
    List<KeptVideos.Waiting> videos = unsent.list();
    failedAt.keySet().retainAll(videos.stream().map(KeptVideos.Waiting::file).toList());
    Duration pause = AGAIN;
    for (KeptVideos.Waiting video : videos) {
      Long failed = failedAt.get(video.file());
      boolean due = failed == null || time.since(failed).compareTo(AGAIN) >= 0;
      if (due && !send(video)) {
        pause = LEASED;
      }
    }
    return pause;
  }

  /** False when another worker has it. */
  private boolean send(KeptVideos.Waiting video) throws InterruptedException {
    try {
      switch (unsent.attempt(video)) {
        case KeptVideos.SendOutcome.Sent(Stored.Uploaded stored) ->
            LOG.info("Sent the unsent video {} to {}", video.file(), stored.shown());
        case KeptVideos.SendOutcome.Missing() ->
            LOG.debug("{} was sent by another worker", video.file());
        case KeptVideos.SendOutcome.Busy() -> {
          return false;
        }
      }
    } catch (StorageException | RuntimeException e) {
      if (failedAt.put(video.file(), time.nanos()) == null) {
        LOG.warn("The video {} stays unsent: {}", video.file(), e.getMessage());
      }
    }
    return true;
  }

  /** Stops it at once; what it was sending stays for the next. */
  @Override
  public void close() {
    thread.interrupt();
    unsent.close();
  }
}
