package dev.ltx2.worker.runpod;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobReaderTest {
  private static List<Handed> read(String body) {
    return JobReader.read(body.getBytes(StandardCharsets.UTF_8));
  }

  private static String nested(int levels) {
    // The job's own braces are one of the levels
    return "{\"id\":\"a-u1\",\"input\":" + "[".repeat(levels - 1) + "]".repeat(levels - 1) + "}";
  }

  /** A job's input is judged by the request's own reader: this one only must not break. */
  @ParameterizedTest
  @ValueSource(ints = {2, 101, 999, 1000})
  void deepInputsAreReadAsTheyAre(int levels) {
    List<Handed> jobs = read(nested(levels));

    assertThat(jobs).hasSize(1);
    assertThat(jobs.getFirst().fault()).isEmpty();
    assertThat(jobs.getFirst().job().id()).isEqualTo("a-u1");
    assertThat(jobs.getFirst().job().input().isArray()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1001, 100_000})
  void deeperOnesAreAnswered(int levels) {
    List<Handed> jobs = read(nested(levels));

    assertThat(jobs).hasSize(1);
    assertThat(jobs.getFirst().job().id()).isEqualTo("a-u1");
    assertThat(jobs.getFirst().fault())
        .hasValue("The job could not be read: its JSON is broken or too deep");
  }

  @Test
  void aDeepJobTakesNoOtherWithIt() {
    List<Handed> jobs =
        read("[" + nested(2000) + ",{\"id\":\"b-u1\",\"input\":{\"id\":\"not-a-job\"}}]");

    assertThat(jobs).extracting(job -> job.job().id()).containsExactly("a-u1", "b-u1");
    assertThat(jobs).allMatch(job -> job.fault().isPresent());
  }
}
