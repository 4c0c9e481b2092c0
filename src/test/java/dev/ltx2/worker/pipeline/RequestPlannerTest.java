package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.JobPlanner.Outlook;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the local API says of a request before anybody pays for it. */
class RequestPlannerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MEDIA = Path.of("test-fixtures/media").toAbsolutePath();

  private static RequestPlanner planner() throws Exception {
    return new RequestPlanner(
        new Downloads(Downloads.Options.DEFAULTS.withFiles(MEDIA), Clock.SYSTEM),
        Workflows.load(Path.of("workflows/ltx-2")),
        plan -> "<svg>" + plan.frames() + "</svg>",
        new Random(7));
  }

  private static JsonNode json(String text) throws Exception {
    return JSON.readTree(text.replace('\'', '"'));
  }

  private static Outlook.Planned planned(String request) throws Exception {
    return (Outlook.Planned) planner().plan(json(request));
  }

  private static Outlook.Invalid refused(String request) throws Exception {
    return (Outlook.Invalid) planner().plan(json(request));
  }

  @Test
  void aRequestThatCanBeRunIsPlannedAndDrawn() throws Exception {
    Outlook.Planned outlook =
        planned("{'image_url': 'portrait.jpg', 'duration': 2, 'seed': 42, 'height': 1280}");
    assertThat(outlook.plan().path("seed").asLong()).isEqualTo(42);
    assertThat(outlook.plan().path("duration").asDouble()).isEqualTo(2);
    assertThat(outlook.timeline())
        .isEqualTo("<svg>" + outlook.plan().path("frames").asInt() + "</svg>");
    assertThat(outlook.plan().path("warnings").toString())
        .as("the image is at hand, so its shape is known")
        .contains("image_url has ");
  }

  /** As the job's own would be. */
  @Test
  void aSeedIsDrawnWhereNoneIsGiven() throws Exception {
    String request = "{'image_url': 'portrait.jpg', 'duration': 2}";
    long one = planned(request).plan().path("seed").asLong();
    assertThat(one).isNotZero().isEqualTo(planned(request).plan().path("seed").asLong());
  }

  @Test
  void speechDecidesTheLength() throws Exception {
    assertThat(
            planned("{'image_url': 'portrait.jpg', 'audio_url': 'speech.mp3'}")
                .plan()
                .path("duration")
                .asDouble())
        .isBetween(1.0, 30.0);
  }

  @Test
  void whatCannotBeRunIsToldFieldByField() throws Exception {
    Outlook.Invalid refused =
        refused("{'image_url': 'portrait.jpg', 'duration': 2, 'fps': 1000, 'steps': 'x'}");
    assertThat(refused.faults()).extracting(FieldError::field).containsExactly("fps", "steps");
    assertThat(refused.error()).contains("fps", "steps");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'image_url': 'portrait.jpg', 'audio_url': 'none.mp3'} | audio_url",
        "{'image_url': 'none.jpg', 'duration': 2} | image_url",
        "{'keyframes': [{'image_url': 'none.jpg'}], 'duration': 2} | keyframes"
      })
  void whatCannotBeFetchedIsToldByItsField(String request, String field) throws Exception {
    Outlook.Invalid refused = refused(request);
    assertThat(refused.error()).startsWith("Failed to download ");
    assertThat(refused.faults()).containsExactly(new FieldError(field, refused.error()));
  }

  @ParameterizedTest
  @CsvSource({
    "{}, 2",
    "{'audio_url': 7}, 1",
    "{'keyframes': null}, 2",
    "{'keyframes': []}, 3b",
    "'{''keyframes'': [], ''audio_url'': ''x''}', 3a"
  })
  void namesTheModeAlsoOfWhatCannotBeRun(String request, String mode) throws Exception {
    assertThat(planner().mode(json(request.replace("''", "'")))).isEqualTo(mode);
  }
}
