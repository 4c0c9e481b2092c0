package dev.ltx2.worker.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.FakeGcs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the chaos run would miss without it. */
class ChaosOracleTest {
  private static final String FILE = "20261121_151623_ltx2_output_00001-audio.mp4";
  private static final Instant BEFORE = Instant.parse("2026-11-21T15:16:20Z");
  private static final Instant AFTER = Instant.parse("2026-11-21T15:16:40Z");
  private static final String OBJECT = "ugc_media/job-000/ltx2_videos/" + FILE;
  private static final String UPLOADED =
      """
      {"output":{"status":"success","output":{"gcs_url":"gs://videos/%s","video_size_bytes":7}}}\
      """
          .formatted(OBJECT);
  private static final String FAILED =
      "{\"error\":\"%s\",\"output\":{\"status\":\"error\",\"code\":\"%s\"}}";

  @TempDir private Path keep;
  private final ChaosLedger ledger = new ChaosLedger();
  private final Map<String, FakeGcs.Item> objects = new HashMap<>();

  @BeforeEach
  void aJobIsTaken() {
    ledger.handed("job-000", "w-1", BEFORE);
  }

  private void store() {
    objects.put(OBJECT, new FakeGcs.Item(null, 7, "", "video/mp4", null, 1));
    ledger.stored(OBJECT);
  }

  private List<String> violations() throws IOException {
    return new ChaosOracle(ledger, new ChaosJobs(1, 1), objects, keep, false)
        .judge(true)
        .violations();
  }

  @Test
  void aDeliveredVideoIsNone() throws Exception {
    store();
    ledger.answered("job-000", "w-1", UPLOADED, true);
    assertThat(violations()).isEmpty();
  }

  @Test
  void aJobWithoutAnAnswer() throws Exception {
    assertThat(violations()).singleElement().asString().contains("has no final answer");
  }

  @Test
  void aJobThatALivingWorkerLetGo() throws Exception {
    ledger.dropped("job-000", "w-1");
    store();
    ledger.answered("job-000", "w-2", UPLOADED, true);
    assertThat(violations()).containsExactly("w-1 let go of job-000 without an answer");
  }

  @Test
  void twoAnswersOfOneHanding() throws Exception {
    store();
    ledger.answered("job-000", "w-1", UPLOADED, true);
    ledger.answered("job-000", "w-1", FAILED.formatted("no room", "DISK_FULL"), true);
    assertThat(violations())
        .anyMatch(line -> line.contains("has 2 different answers, and was handed out 1 times"));
  }

  @Test
  void anAnswerAgainThatWasHeard() throws Exception {
    store();
    ledger.answered("job-000", "w-1", UPLOADED, true);
    ledger.answered("job-000", "w-1", UPLOADED, true);
    assertThat(violations()).singleElement().asString().contains("was answered twice");
  }

  @Test
  void anAnswerAgainThatMayNotHaveBeenHeardIsNone() throws Exception {
    store();
    ledger.answered("job-000", "w-1", UPLOADED, false);
    ledger.answered("job-000", "w-1", UPLOADED, true);
    assertThat(violations()).isEmpty();
  }

  @Test
  void aCompletedJobWithoutItsVideo() throws Exception {
    ledger.answered("job-000", "w-1", UPLOADED, true);
    assertThat(violations()).singleElement().asString().contains("which is not there");
  }

  @Test
  void aFailureThatNamesAVideoThatIsNowhere() throws Exception {
    ledger.answered(
        "job-000", "w-1", FAILED.formatted("it is kept at /x/" + FILE, "STORAGE_FAILED"), true);
    assertThat(violations()).singleElement().asString().contains("is nowhere");
  }

  @Test
  void aFailureOfTheWorkersOwn() throws Exception {
    ledger.answered("job-000", "w-1", FAILED.formatted("unexpected", "INTERNAL_ERROR"), true);
    assertThat(violations()).containsExactly("job-000 failed with INTERNAL_ERROR: unexpected");
  }

  @Test
  void aVideoThatWaitsUnnamed() throws Exception {
    Path folder = Files.createDirectories(keep.resolve("job-000"));
    Files.createFile(folder.resolve(FILE));
    ledger.answered("job-000", "w-1", FAILED.formatted("no room", "DISK_FULL"), true);
    assertThat(violations())
        .anyMatch(line -> line.contains("still waits"))
        .anyMatch(line -> line.contains("no answer names the kept video"));
  }

  @Test
  void anUnnamedObjectOfALivingWorker() throws Exception {
    store();
    ledger.answered("job-000", "w-1", FAILED.formatted("no room", "DISK_FULL"), true);
    assertThat(violations()).singleElement().asString().contains("lived on");
  }

  /** Its answer was promised before the upload began. */
  @Test
  void anUnnamedObjectOfAWorkerThatDiedAtOnce() throws Exception {
    store();
    ledger.died("w-1", true);
    ledger.handed("job-000", "w-2", AFTER);
    ledger.answered("job-000", "w-2", FAILED.formatted("no room", "DISK_FULL"), true);
    assertThat(violations()).anyMatch(line -> line.contains("no answer names it"));
  }
}
