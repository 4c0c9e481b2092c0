package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as clients send them: None for what they leave open, other names, a seed of -1. */
class AsSentTest {
  private static final Path REQUESTS = Path.of("test-fixtures/requests");
  private static final String GOOD = "'image_url': 'https://e.org/a.png', 'duration': 5";

  static List<Path> bodies() throws IOException {
    try (Stream<Path> v60 = Files.list(REQUESTS.resolve("api-v60"));
        Stream<Path> v62 = Files.list(REQUESTS.resolve("api-v62"))) {
      return Stream.concat(v60, v62).sorted().toList();
    }
  }

  @Test
  void allBodiesAreThere() throws Exception {
    assertThat(bodies()).hasSize(18);
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void bodiesOfTheApisDocumentsWork(Path body) throws Exception {
    GenerationRequest request = GenerationRequest.parse(RequestJson.read(Files.readAllBytes(body)));

    assertThat(body.getFileName().toString()).startsWith(request.mode().workflow());
    assertThat(request.seed()).isEmpty();
    assertThat(request.warnings())
        .isSubsetOf("lora_i2v has no effect: the model set ltx-2 has no such field");
  }

  /** Every field that is left open counts as if it were not there. */
  @Test
  void nullIsNotGiven() throws Exception {
    for (String name : RequestField.names()) {
      ObjectNode with = input(GOOD);
      ObjectNode without = with.deepCopy();
      if (!with.has(name)) {
        assertThat(GenerationRequest.parse(with.putNull(name)))
            .as(name)
            .isEqualTo(GenerationRequest.parse(without));
      }
    }
    assertThat(parse(GOOD + ", 'webhook': null, 'promt': null").warnings()).isEmpty();
  }

  @Test
  void aRequiredFieldThatIsNullIsMissing() {
    assertThatThrownBy(() -> parse("'image_url': null, 'duration': 5"))
        .hasMessageStartingWith("image_url or keyframes is missing: ");
    assertThatThrownBy(() -> parse("'image_url': 'https://e.org/a.png', 'duration': null"))
        .hasMessageStartingWith("audio_url or duration is missing: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "-1.0", "null"})
  void theSeedIsDrawn(String seed) throws Exception {
    assertThat(parse(GOOD + ", 'seed': " + seed).seed()).isEmpty();
  }

  @Test
  void otherNames() throws Exception {
    GenerationRequest request = parse(GOOD + ", 'prompt': 'yes', 'negative_prompt': 'no'");

    assertThat(request.promptPositive()).isEqualTo("yes");
    assertThat(request.promptNegative()).isEqualTo("no");
    assertThat(request.warnings()).isEmpty();
    assertThat(parse(GOOD + ", 'prompt': 'a', 'prompt_positive': 'a'").promptPositive())
        .isEqualTo("a");
    assertThat(parse(GOOD + ", 'prompt': null, 'prompt_positive': 'a'").promptPositive())
        .isEqualTo("a");
    assertThat(parse(GOOD + ", 'prompt': 'a', 'prompt_positive': null").promptPositive())
        .isEqualTo("a");
  }

  @Test
  void eachKeyframeHasItsFit() throws Exception {
    GenerationRequest request =
        parse(
            """
            'fit': 'crop', 'duration': 5, 'keyframes': [{'image_url': 'https://e.org/a.png'},
            {'image_url': 'https://e.org/b.png', 'fit': 'pad'}]\
            """);

    assertThat(request.keyframes()).extracting(Keyframe::fit).containsExactly(Fit.CROP, Fit.PAD);
    assertThat(request.fit(1)).isEqualTo(Fit.PAD);
    assertThat(parse(GOOD + ", 'fit': 'crop'").fit(0)).isEqualTo(Fit.CROP);
  }

  @Test
  void strictRefusesWhatWouldBeIgnored() throws Exception {
    String odd = GOOD + ", 'webhook': 1, 'style': 'x', 'lora_i2v': 1";

    assertThat(parse(odd).warnings())
        .containsExactly(
            "lora_i2v has no effect: the model set ltx-2 has no such field",
            "Unknown fields are ignored: webhook, style");
    assertThatThrownBy(() -> parse(odd + ", 'strict': true"))
        .hasMessage(
            "lora_i2v has no effect: the model set ltx-2 has no such field"
                + "; Unknown field webhook: strict allows for none"
                + "; Unknown field style: strict allows for none");
    assertThat(parse(odd + ", 'strict': false").warnings()).hasSize(2);
    assertThat(parse(GOOD + ", 'strict': true, 'webhook': null").warnings()).isEmpty();
  }

  @Test
  void speechNoiseNeedsSpeech() throws Exception {
    assertThat(parse(GOOD + ", 'speech_noise': 0.5").warnings())
        .containsExactly("speech_noise has no effect without audio_url");
    assertThat(parse(GOOD + ", 'speech_noise': 0").warnings()).isEmpty();
  }

  private static GenerationRequest parse(String fields) throws InvalidRequestException {
    return GenerationRequest.parse(input(fields));
  }

  private static ObjectNode input(String fields) throws InvalidRequestException {
    return RequestJson.read(("{" + fields + "}").replace('\'', '"'));
  }
}
