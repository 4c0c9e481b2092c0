package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.PostsAlone;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.runpod.protocol.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import okhttp3.RequestBody;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers between a seat and a platform that says what a test wants. */
@Timeout(40)
class ResultOutboxTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Platform.Failed AWAY = new Platform.Failed("it is away");

  /** What stands around a text in JSON. */
  private static final int QUOTES = 2;

  @TempDir private Path temp;
  private final CapturedLogs logs = new CapturedLogs();
  private final Scripted platform = new Scripted();

  @AfterEach
  void close() {
    logs.close();
  }

  /** Takes every answer once what it is to say first has been said. */
  private static final class Scripted implements PostsAlone {
    private final Deque<Posted> replies = new ArrayDeque<>();
    private final List<Long> posts = new CopyOnWriteArrayList<>();
    private volatile boolean away;

    @Override
    public synchronized Posted post(String jobId, RequestBody body, Duration limit) {
      try {
        Buffer sent = new Buffer();
        body.writeTo(sent);
        posts.add(sent.size());
      } catch (IOException e) {
        return new Platform.Failed(e.toString());
      }
      Posted reply = replies.poll();
      return reply != null ? reply : away ? AWAY : new Posted.Accepted();
    }
  }

  private ResultOutbox outbox(Clock time) {
    return new ResultOutbox(platform, new KeptAnswers(temp.resolve("answers"), time), time);
  }

  private static AnswerBody text(int length) {
    return out -> out.writeString("v".repeat(length - QUOTES));
  }

  private static void until(BooleanSupplier condition) {
    await().atMost(SOON).until(condition::getAsBoolean);
  }

  @Test
  void anAnswerOfTenMegabytesIsSentAsItIs() throws Exception {
    try (ResultOutbox outbox = outbox(Clock.SYSTEM)) {
      outbox.deliver("job", text(10_000_000));
      long most = platform.posts.getFirst();
      outbox.deliver("job", text(10_000_001));
      assertThat(platform.posts).hasSize(2);
      assertThat(most).isGreaterThanOrEqualTo(10_000_000);
      assertThat(platform.posts.getLast()).isLessThan(1000);
      assertThat(logs.lines()).anyMatch(line -> line.contains("10.0 MB is larger than the 10 MB"));
    }
  }

  /** The first post of an answer that was promised is as good as any other's. */
  @Test
  void aPromisedAnswerIsPostedAgainToo() throws Exception {
    try (ResultOutbox outbox = outbox(ManualTime.skipping())) {
      platform.replies.add(AWAY);
      outbox.promises().make("job", new Promise(new Empty(), "proof"));
      outbox.deliver("job", text(100));
      until(() -> platform.posts.size() == 2);
      until(() -> temp.resolve("answers").toFile().list().length == 0);
    }
  }

  private record Empty() implements Answer {
    @Override
    public void writeTo(JsonGenerator out) throws IOException {
      out.writeStartObject();
      out.writeEndObject();
    }

    @Override
    public void close() {}
  }

  /** Whoever reads the log finds the video of an answer that no client gets. */
  @Test
  void theLogSaysWhereTheVideoOfARefusedAnswerIs() throws Exception {
    for (int post = 0; post < 9; post++) {
      platform.replies.add(new Platform.Posted.Refused(400));
    }
    String answer = "{'status': 'success', 'output': {'video_url': 'https://v.example.com/a.mp4'}}";
    // Where no folder can be made it is posted from its seat.
    Path nowhere = Files.createFile(temp.resolve("file")).resolve("answers");
    ManualTime time = ManualTime.skipping();
    try (ResultOutbox outbox = new ResultOutbox(platform, new KeptAnswers(nowhere, time), time)) {
      outbox.deliver("job", out -> out.writeRaw("{\"output\": " + answer.replace('\'', '"') + "}"));
      assertThat(logs.lines())
          .anyMatch(line ->
              line.contains("takes no answer of job job: status 400;")
                  && line.endsWith("its video is at https://v.example.com/a.mp4"));
    }
  }

  /** After ten minutes of trying it has three minutes of rest, in which others may try. */
  @Test
  void whatIsGivenUpRests() throws Exception {
    ManualTime time = ManualTime.frozen();
    platform.away = true;
    try (ResultOutbox outbox = outbox(time)) {
      outbox.start();
      outbox.deliver("job", text(100));
      until(() -> {
        // Not past a renewal: the answer would be another worker's.
        if (time.sleeps("answer-job") && time.sleeps("leases")) {
          time.advance(Duration.ofSeconds(5));
        }
        return logs.lines().stream().anyMatch(line -> line.contains("tried again every few"));
      });
      assertThat(time.nanos()).isGreaterThanOrEqualTo(Duration.ofMinutes(10).toNanos());
      int posts = platform.posts.size();
      long start = time.nanos();
      until(() -> {
        time.advance(Duration.ofSeconds(5));
        return platform.posts.size() > posts;
      });
      assertThat(time.since(start)).isGreaterThan(Duration.ofSeconds(175));
    }
  }
}
