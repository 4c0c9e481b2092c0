package dev.ltx2.worker.runpod.protocol;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.RequestJson;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of takes: every job with an id is run or answered. */
class JobReaderTest {
  private static final String LONG = "k".repeat(1_000_000);

  static Stream<String> inputs() {
    return Stream.of(
        "{}",
        "{\"a\":1.0e3}",
        "{\"a\":" + "9".repeat(100) + "}",
        "{\"a\":" + "9".repeat(900) + "}",
        "{\"a\":0.5" + "0".repeat(900) + "}",
        "{\"a\":1e999999999999}",
        "{\"a\":" + "[".repeat(20) + "]".repeat(20) + "}",
        "{\"a\":" + "[".repeat(900) + "]".repeat(900) + "}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"" + LONG + "\":1}",
        "{\"" + "k".repeat(1000) + "\":1}",
        "{\"a\":NaN}",
        "{\"a\":-Infinity}",
        "{\"a\":01}",
        "{\"a\":\"\u0001\"}");
  }

  /** {@code serve} refuses what the API's document says, as every other way in does. */
  @ParameterizedTest
  @MethodSource("inputs")
  void agreesWithTheRequestsOwnReader(String input) {
    String job = "{\"id\":\"job\",\"input\":" + input + "}";
    boolean good = true;
    try {
      RequestJson.read(job);
    } catch (InvalidRequestException e) {
      good = false;
    }
    for (String body : List.of(job, "[" + job + "]")) {
      List<TakenJob> read = JobReader.read(body.getBytes(UTF_8));
      assertThat(read).hasSize(1);
      assertThat(read.getFirst().job().id()).isEqualTo("job");
      assertThat(read.getFirst().fault().isEmpty()).isEqualTo(good);
    }
  }

  @Test
  void whatIsNoJobIsTold() {
    try (CapturedLogs logs = new CapturedLogs()) {
      JobReader.read("null".getBytes(UTF_8));
      JobReader.read("[null,{\"id\":\"a\",\"input\":{\"n\":7}}]".getBytes(UTF_8));
      assertThat(logs.lines()).isEmpty();
      JobReader.read("[7,{\"id\":\"a\",\"input\":{}},true]".getBytes(UTF_8));
      assertThat(logs.lines()).hasSize(2).allMatch(line -> line.contains("no job"));
    }
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void noneTakesAnotherWithIt(String input) {
    String body =
        "[{\"id\":\"first\",\"input\":{\"ü\":1}},\n {\"%s\":0,\"id\":\"odd\",\"input\":%s} , 7,\n{\"id\":\"last\",\"input\":{\"a\":[2]}}]"
            .formatted("x", input);
    List<TakenJob> read = JobReader.read(body.getBytes(UTF_8));
    assertThat(read)
        .extracting(handed -> handed.job().id())
        .containsExactly("first", "odd", "last");
    assertThat(read.getFirst().job().input()).hasToString("{\"ü\":1}");
    assertThat(read.getFirst().fault()).isEmpty();
    assertThat(read.getLast().job().input()).hasToString("{\"a\":[2]}");
    assertThat(read.getLast().fault()).isEmpty();
  }

  @Test
  void anIdBehindALongKeyIsFound() {
    String job = "{\"" + LONG + "\":1,\"id\":\"late\",\"input\":{}}";
    for (String body : List.of(job, "[" + job + "]", job.substring(0, job.length() - 3))) {
      List<TakenJob> read = JobReader.read(body.getBytes(UTF_8));
      assertThat(read).hasSize(1);
      assertThat(read.getFirst().job().id()).isEqualTo("late");
      assertThat(read.getFirst().fault().orElseThrow()).startsWith("The job could not be read: ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "[null]",
        "{}",
        "{not json",
        "<html>",
        "\"id\"",
        "7",
        "{\"id\":5,\"input\":{}}",
        "{\"id\":\" \",\"input\":{}}",
        "{\"id\":\"..\",\"input\":{}}",
        "[[{\"id\":\"deep\",\"input\":{}}]]",
        "{\"input\":{\"id\":\"inner\"}}"
      })
  void whatIsNoJobIsNone(String body) {
    assertThat(JobReader.read(body.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void aWholeJobOfACutListIsRun() {
    List<TakenJob> read =
        JobReader.read(
            "[{\"id\":\"whole\",\"input\":{}},{\"id\":\"cut\",\"input\":{\"a".getBytes(UTF_8));
    assertThat(read).extracting(handed -> handed.job().id()).containsExactly("whole", "cut");
    assertThat(read.getFirst().fault()).isEmpty();
    assertThat(read.getLast().fault()).isPresent();
  }

  /** The platform's field for a bucket of the client's own stands in either place. */
  @Test
  void s3ConfigBesideTheInputIsTheInputs() {
    String config = "{\"accessId\":\"a\"}";
    String other = "{\"accessId\":\"b\"}";
    String job = "{\"id\":\"job\",\"s3Config\":%s,\"input\":{\"s3Config\":%s}}";
    for (String inside : List.of("null", config)) {
      TakenJob taken = JobReader.read(job.formatted(config, inside).getBytes(UTF_8)).getFirst();
      assertThat(taken.fault()).isEmpty();
      assertThat(taken.job().input().at("/s3Config/accessId").asText()).isEqualTo("a");
    }
    TakenJob two = JobReader.read(job.formatted(config, other).getBytes(UTF_8)).getFirst();
    assertThat(two.fault().orElseThrow()).startsWith("The job has two s3Config");
  }

  @Test
  void somethingBehindAJobIsAFault() {
    List<TakenJob> read = JobReader.read("{\"id\":\"job\",\"input\":{}} x".getBytes(UTF_8));
    assertThat(read).hasSize(1);
    assertThat(read.getFirst().fault()).isPresent();
  }

  /** A mark of the encoding, and another encoding, which is none that a take may have. */
  @Test
  void otherEncodingsAreAnswered() {
    String job = "{\"id\":\"job\",\"input\":{\"a\":\"ü\"}}";
    List<TakenJob> marked = JobReader.read(("\uFEFF" + job).getBytes(UTF_8));
    assertThat(marked).hasSize(1);
    assertThat(marked.getFirst().job().input()).hasToString("{\"a\":\"ü\"}");
    assertThat(JobReader.read(job.getBytes(UTF_16))).hasSize(1);
  }

  @Test
  void noBytesThrow() {
    Random random = new Random(8);
    byte[] seed =
        "[{\"id\":\"a\",\"input\":{\"x\":[1,2.5,null,\"t\\u00fc\"]}},{\"id\":\"b\",\"input\":{}}]"
            .getBytes(UTF_8);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = seed.clone();
      for (int change = random.nextInt(6); change >= 0; change--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      assertThat(JobReader.read(body)).hasSizeLessThanOrEqualTo(body.length);
    }
  }
}
