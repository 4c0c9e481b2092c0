package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.SmallDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okio.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which file an answer gets, and whose it is. */
class AnswerPlacesTest {
  private static final byte[] PROMISED = "{\"promise\":1}".getBytes(StandardCharsets.UTF_8);
  @TempDir private Path temp;
  private final ManualTime time = ManualTime.frozen();
  private final List<KeptAnswers> workers = new ArrayList<>();

  private KeptAnswers worker() {
    KeptAnswers worker = new KeptAnswers(temp, time);
    workers.add(worker);
    return worker;
  }

  @AfterEach
  void close() {
    workers.forEach(KeptAnswers::close);
  }

  private static EncodedAnswer answer() {
    return new EncodedAnswer.InMemory(ByteString.encodeUtf8("{\"output\":1}"));
  }

  private static KeptAnswer keep(KeptAnswers worker, String id) throws IOException {
    return worker.keep(id, answer(), Optional.empty());
  }

  /** A job that failed, was sent again, and so on; a promise takes its place too. */
  @Test
  void severalAnswersOfAJobWaitBesideEachOther() throws Exception {
    KeptAnswers worker = worker();
    assertThat(keep(worker, "job").file()).isEqualTo(temp.resolve("job.json"));
    worker.promise("job", PROMISED);
    assertThat(temp.resolve("job~2.json.promise")).hasBinaryContent(PROMISED);
    KeptAnswers other = worker();
    for (int number = 3; number <= 9; number++) {
      assertThat(keep(other, "job").file()).isEqualTo(temp.resolve("job~" + number + ".json"));
    }
    assertThatThrownBy(() -> keep(other, "job"))
        .hasMessage("several answers of this job wait already");
  }

  @Test
  void aFileNameHasItsLimit() throws Exception {
    assertThat(keep(worker(), "x".repeat(200)).file()).exists();
    assertThatThrownBy(() -> keep(worker(), "x".repeat(201)))
        .hasMessage("the job's id is too long for a file name");
  }

  @Test
  void anAnswerTakesThePlaceOfItsPromiseWhileThatIsHeld() throws Exception {
    KeptAnswers worker = worker();
    KeptAnswer promise = worker.promise("job", PROMISED);
    assertThat(worker.keep("job", answer(), Optional.of(promise)).file()).isEqualTo(promise.file());
    KeptAnswer lost = worker.promise("lost", PROMISED);
    lost.lease().close();
    assertThat(worker.keep("lost", answer(), Optional.of(lost)).file())
        .isEqualTo(temp.resolve("lost~2.json"));
  }

  /** It was kept meanwhile, or delivered; the next look at the folder finds what there is. */
  @Test
  void aPromiseThatHasGoneIsNotClaimed() throws Exception {
    Path answer = temp.resolve("job.json");
    assertThat(worker().claimPromise(answer)).isEmpty();
    assertThat(temp.resolve("job.json.lease")).doesNotExist();
    Files.write(temp.resolve("job.json.promise"), PROMISED);
    assertThat(worker().claimPromise(answer)).isPresent();
    assertThat(worker().claimPromise(answer)).isEmpty();
  }

  @Test
  void theSystemsOwnDiskIsNoVolume() throws Exception {
    assumeTrue(
        Files.getFileStore(temp).equals(Files.getFileStore(Path.of("/"))),
        "the temporary folder is on another file system than /");
    try (CapturedLogs logs = new CapturedLogs()) {
      worker().prepare();
      assertThat(logs.lines()).anyMatch(line -> line.contains("is on no volume"));
    }
  }

  @Test
  void memoryIsNoVolume() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 1);
        CapturedLogs logs = new CapturedLogs();
        KeptAnswers answers = new KeptAnswers(disk.folder().resolve("answers"), time)) {
      answers.prepare();
      assertThat(logs.lines()).anyMatch(line -> line.contains("is on no volume"));
    }
  }
}
