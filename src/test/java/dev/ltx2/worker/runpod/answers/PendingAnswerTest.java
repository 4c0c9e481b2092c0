package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.PostsAlone;
import dev.ltx2.worker.runpod.answers.PendingAnswer.Outcome;
import dev.ltx2.worker.runpod.protocol.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okio.Buffer;
import okio.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is posted next, by what the platform said so far. */
class PendingAnswerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SUCCESS =
      "{\"output\":{\"status\":\"success\",\"output\":{\"video_url\":\"https://h/a.mp4\"}}}";

  @TempDir Path temp;
  private final List<String> posted = new ArrayList<>();
  private final List<Duration> limits = new ArrayList<>();
  private Platform.Posted reply = new Platform.Posted.Accepted();
  private KeptAnswers kept;

  /** Says always what {@link #reply} is. */
  private final PostsAlone platform =
      (_, body, limit) -> {
        limits.add(limit);
        Buffer sent = new Buffer();
        try {
          body.writeTo(sent);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        posted.add(sent.readUtf8());
        return reply;
      };

  @AfterEach
  void close() {
    if (kept != null) {
      kept.close();
    }
  }

  private PendingAnswer pending(String json) {
    kept = new KeptAnswers(temp, Clock.SYSTEM);
    return new PendingAnswer(
        "job",
        new EncodedAnswer.InMemory(ByteString.encodeUtf8(json)),
        Optional.empty(),
        Optional.empty());
  }

  private Outcome post(PendingAnswer answer, int times) throws Exception {
    Outcome outcome = answer.post(platform, kept);
    for (int i = 1; i < times; i++) {
      assertThat(outcome).isInstanceOf(Outcome.Later.class);
      outcome = answer.post(platform, kept);
    }
    return outcome;
  }

  @ParameterizedTest
  @CsvSource({"100, 30", "6000000, 30", "6199999, 30", "6200000, 31", "15000000, 75"})
  void aBigAnswerGetsTheTimeOfASlowLine(int bytes, int seconds) throws Exception {
    PendingAnswer answer = pending("x".repeat(bytes));
    assertThat(post(answer, 1)).isInstanceOf(Outcome.Delivered.class);
    assertThat(limits).containsExactly(Duration.ofSeconds(seconds));
  }

  /** A slip is one more chance; what stays unknown so long is unknown. */
  @Test
  void aJobThatIsGoneThreeTimesIsGone() throws Exception {
    reply = new Platform.Posted.Gone(404);
    assertThat(post(pending(SUCCESS), 3)).isEqualTo(new Outcome.UnknownJob(404));
    assertThat(posted).hasSize(3).containsOnly(SUCCESS);
  }

  @Test
  void whatIsRefusedIsPostedShorterThenAsAnErrorAndThenGivenUp() throws Exception {
    reply = new Platform.Posted.Refused(413);
    PendingAnswer answer = pending(SUCCESS);
    assertThat(post(answer, 9)).isEqualTo(new Outcome.Rejected(413));
    assertThat(posted.subList(0, 3)).containsOnly(SUCCESS);
    assertThat(posted.subList(3, 6)).containsOnly(posted.get(3));
    assertThat(posted.subList(6, 9)).containsOnly(posted.get(6));
    JsonNode shorter = JSON.readTree(posted.get(3));
    assertThat(shorter.has("error")).isFalse();
    assertThat(shorter.at("/output/output/details/warnings/0").asText())
        .isEqualTo("RunPod refused the answer of " + SUCCESS.length() + " bytes with status 413");
    JsonNode error = JSON.readTree(posted.get(6));
    assertThat(error.get("error").asText()).endsWith("; the video is at https://h/a.mp4");
    assertThat(temp.resolve("refused/job.json")).hasContent(SUCCESS);
    assertThat(answer.address()).contains("https://h/a.mp4");
  }

  /** A new form is posted at once, the same one after growing pauses. */
  @Test
  void pausesGrowUntilAnotherFormIsTried() throws Exception {
    reply = new Platform.Posted.Refused(400);
    PendingAnswer answer = pending(SUCCESS);
    assertThat(((Outcome.Later) post(answer, 1)).pause())
        .isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
    assertThat(((Outcome.Later) post(answer, 1)).pause())
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    assertThat(((Outcome.Later) post(answer, 1)).pause()).isZero();
  }

  @Test
  void whatIsOverIsKeptNoMore() throws Exception {
    PendingAnswer answer = pending(SUCCESS);
    assertThat(answer.held()).isTrue();
    assertThat(answer.keep(kept)).isPresent();
    assertThat(temp.resolve("job.json")).hasContent(SUCCESS);
    answer.settle();
    assertThat(answer.settled()).isTrue();
    assertThat(temp.toFile().list()).isEmpty();
    PendingAnswer other = pending(SUCCESS);
    other.settle();
    assertThat(other.keep(kept)).isEmpty();
    assertThat(temp.toFile().list()).isEmpty();
  }

  /** Released it is anybody's; what another has claimed since is not posted here. */
  @Test
  void whatIsReleasedIsTheNextWorkers() throws Exception {
    PendingAnswer answer = pending(SUCCESS);
    answer.keep(kept);
    assertThat(answer.held()).isTrue();
    assertThat(answer.settled()).isFalse();
    try (KeptAnswers other = new KeptAnswers(temp, Clock.SYSTEM)) {
      assertThat(other.claim(temp.resolve("job.json"))).isEmpty();
      answer.release();
      assertThat(other.claim(temp.resolve("job.json"))).isPresent();
      assertThat(answer.held()).isFalse();
    }
  }
}
