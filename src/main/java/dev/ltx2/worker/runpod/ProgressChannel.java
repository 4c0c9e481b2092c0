package dev.ltx2.worker.runpod;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.runpod.protocol.Platform;
import dev.ltx2.worker.runpod.protocol.RunPodClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Progress of one job: in order, at most two posts a second, the newest only. Closed before the
 * answer is posted: progress that arrives after it leaves a finished job in progress for ever.
 */
final class ProgressChannel implements ProgressListener, AutoCloseable {
  private static final Duration GAP = Duration.ofMillis(500);

  /** Progress that takes longer is old; an answer waits for it no longer than this. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String jobId;
  private final Platform platform;
  private final Clock time;
  private final BlockingQueue<Progress> newest = new ArrayBlockingQueue<>(1);
  private final ReentrantLock posting = new ReentrantLock();
  private volatile boolean closed;
  private volatile @Nullable Thread thread;

  ProgressChannel(String jobId, Platform platform, Clock time) {
    this.jobId = jobId;
    this.platform = platform;
    this.time = time;
  }

  @Override
  public synchronized void progress(Progress progress) {
    if (closed) {
      return;
    }
    newest.clear();
    newest.add(progress);
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("runpod-progress").start(this::post);
    }
  }

  private void post() {
    try {
      while (!closed) {
        RequestBody body = body(newest.take());
        posting.lock();
        try {
          if (!closed) {
            platform.post(jobId, body, LIMIT);
          }
        } finally {
          posting.unlock();
        }
        time.sleep(GAP);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  private static RequestBody body(Progress progress) {
    ObjectNode body = JSON.createObjectNode().put("status", "IN_PROGRESS");
    body.set("output", progress.toJson());
    return RequestBody.create(body.toString().getBytes(StandardCharsets.UTF_8), RunPodClient.FORM);
  }

  /** Nothing more is posted; one post may be under way. */
  void mute() {
    closed = true;
  }

  /** Returns when nothing more is posted and nothing is under way. */
  @Override
  public void close() {
    closed = true;
    posting.lock();
    try {
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      posting.unlock();
    }
  }
}
