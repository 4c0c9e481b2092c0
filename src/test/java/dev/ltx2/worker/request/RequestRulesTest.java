package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestRulesTest {
  private static final RequestRules API = RequestRules.API;

  @Test
  void aModeThatTheSetHasNot() {
    RequestRules rules = rules(API.numbers(), Set.of("lora_i2v"), new RequestRules.Sizes(64, true));

    assertThatThrownBy(() ->
            parse("'image_url': 'https://e.org/a.png', 'audio_url': 'https://e.org/a.mp3'", rules))
        .hasMessage(
            "The model set small has no mode 1 (image_url and audio_url), only 2 and 3b: give"
                + " image_url and duration (mode 2) or keyframes and duration (mode 3b)");
    assertThatThrownBy(() -> parse("'image_url': 'https://e.org/a.png'", rules))
        .hasMessage(
            "duration is missing: give image_url and duration (mode 2) or keyframes and duration"
                + " (mode 3b)");
  }

  @ParameterizedTest
  @CsvSource({
    "1280, 1280,",
    "1000, 1000,",
    "1001, 1002, width 1001 is made even: 1002",
    "2047, 2048, width 2047 is made even: 2048",
    "66, 66,"
  })
  void anyEvenSizeIsDelivered(int given, int delivered, String warning) throws Exception {
    RequestRules rules = rules(API.numbers(), Set.of("lora_i2v"), new RequestRules.Sizes(64, true));

    GenerationRequest request =
        parse("'image_url': 'https://e.org/a.png', 'duration': 2, 'width': " + given, rules);

    assertThat(request.width()).isEqualTo(delivered);
    assertThat(request.warnings()).isEqualTo(warning == null ? List.of() : List.of(warning));
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "64, 64", "65, 128", "736, 768", "1280, 1280"})
  void theNextMultipleIsGenerated(int delivered, int generated) {
    assertThat(new RequestRules.Sizes(64, true).generated(delivered)).isEqualTo(generated);
  }

  @Test
  void whatASetHasNotCountsForNothing() throws Exception {
    Map<String, Range> numbers = new HashMap<>(API.numbers());
    numbers.put("lora_i2v", Range.of(0, 2));
    numbers.remove("lora_camera");
    numbers.remove("img_strength");
    RequestRules rules =
        rules(
            numbers,
            Set.of("lora_camera", "img_strength", "prompt_negative", "fit"),
            new RequestRules.Sizes(64, true));

    GenerationRequest request =
        parse(
            "'image_url': 'https://e.org/a.png', 'duration': 2, 'lora_camera': 1, 'lora_i2v': 0.5,"
                + " 'img_strength': 'x', 'negative_prompt': 'secret', 'fit': 'crop'",
            rules);

    assertThat(request.loras()).isEqualTo(new Loras(0, 0.6, 1, 0.5));
    assertThat(request.imgStrength()).isEqualTo(1);
    assertThat(request.fit()).isEqualTo(Fit.PAD);
    assertThat(request.warnings())
        .containsExactly(
            "negative_prompt has no effect: the model set small has no such field",
            "lora_camera has no effect: the model set small has no such field",
            "img_strength has no effect: the model set small has no such field",
            "fit has no effect: the model set small has no such field");
  }

  /** Whatever the form of its numbers: 1.0 is 1, and 1E+1 is 10. */
  @ParameterizedTest
  @CsvSource({"1.0, 10.0, from 1 to 10", "0.50, 1E+1, from 0.5 to 10", "-0, 100, from 0 to 100"})
  void aRangeHasOneForm(BigDecimal min, BigDecimal max, String text) {
    Range range = new Range(min, max, Optional.of(max));

    assertThat(range.text()).isEqualTo(text);
    assertThat(range.max().scale()).isNotNegative();
    assertThat(range.holds(min)).isTrue();
    assertThat(range.holds(max)).isTrue();
    assertThat(range.holds(max.add(BigDecimal.ONE))).isFalse();
    assertThat(range.holds(min.subtract(BigDecimal.ONE))).isFalse();
    assertThat(range).isEqualTo(Range.of(min.doubleValue(), max.doubleValue(), max.doubleValue()));
  }

  @Test
  void aDefaultLiesInItsRangeAndTheEndsAreNotCrossed() {
    assertThat(Range.of(1, 2, 1).standard()).hasValueSatisfying(one -> assertThat(one).isOne());
    assertThat(Range.of(1, 1).standard()).isEmpty();
    assertThatThrownBy(() -> Range.of(1, 2, 0.5)).hasMessage("default 0.5 is not from 1 to 2");
    assertThatThrownBy(() -> Range.of(1, 2, 2.5)).hasMessage("default 2.5 is not from 1 to 2");
    assertThatThrownBy(() -> Range.of(2, 1)).hasMessage("min 2 is above max 1");
  }

  @Test
  void contradictionsAreRefused() {
    assertThatThrownBy(() -> rules(Map.of(), Set.of(), API.sizes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(" has neither range nor is it missing");
    assertThatThrownBy(() -> rules(API.numbers(), Set.of("width"), API.sizes()))
        .hasMessage("missing cannot have width");
    Map<String, Range> few = new HashMap<>(API.numbers());
    few.put("steps", Range.of(10, 20));
    assertThatThrownBy(() -> rules(few, Set.of("lora_i2v"), API.sizes()))
        .hasMessage("steps of preset fast are out of range");
    few.put("colour", Range.of(1, 2));
    assertThatThrownBy(() -> rules(few, Set.of("lora_i2v"), API.sizes()))
        .hasMessage("numbers cannot have colour");
    assertThatThrownBy(() -> Range.of(2, 1)).hasMessage("min 2 is above max 1");
    assertThatThrownBy(() -> Range.of(1, 2, 3)).hasMessage("default 3 is not from 1 to 2");
    assertThatThrownBy(() -> new RequestRules.Sizes(33, true))
        .hasMessage("multiple_of 33 is no even number");
  }

  private static RequestRules rules(
      Map<String, Range> numbers, Set<String> missing, RequestRules.Sizes sizes) {
    return new RequestRules(
        "small",
        Set.of(Mode.AUDIO_GEN, Mode.MULTIFRAME_AUDIO_GEN),
        API.presets(),
        "high",
        numbers,
        missing,
        sizes,
        List.of("simple"),
        "simple");
  }

  private static GenerationRequest parse(String fields, RequestRules rules)
      throws InvalidRequestException {
    return GenerationRequest.parse(
        RequestJson.read(("{" + fields + "}").replace('\'', '"')), AcceptedSources.REMOTE, rules);
  }
}
