package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationRequestTest {
  private static final String IMAGE = "\"image_url\": \"https://e.org/a.png\"";
  private static final String AUDIO = "\"audio_url\": \"https://e.org/a.mp3\"";
  private static final String KEYFRAMES = "\"keyframes\": [{" + IMAGE + "}, {" + IMAGE + "}]";
  private static final Path EXAMPLES = Path.of("test-fixtures/requests");

  @Test
  void defaultsOfMode1() throws Exception {
    GenerationRequest request = parse(IMAGE, AUDIO);

    assertThat(request.mode()).isEqualTo(Mode.LIPSYNC);
    assertThat(request.images()).containsExactly(source("https://e.org/a.png"));
    assertThat(request.audio()).contains(source("https://e.org/a.mp3"));
    assertThat(request.duration()).isEmpty();
    assertThat(request.keyframes()).isEmpty();
    assertThat(request.promptPositive()).startsWith("A person speaks naturally");
    assertThat(request.promptNegative()).startsWith("blurry, low quality");
    assertThat(request.qualityPreset()).isEqualTo("high");
    assertThat(request.width()).isEqualTo(1280);
    assertThat(request.height()).isEqualTo(736);
    assertThat(request.fps()).isEqualTo(30);
    assertThat(request.bufferSeconds()).isEqualTo(1.0);
    assertThat(request.steps()).isEqualTo(8);
    assertThat(request.seed()).isEmpty();
    assertThat(request.loras()).isEqualTo(new Loras(0.3, 0.6, 1.0));
    assertThat(request.imgCompression()).isEqualTo(23);
    assertThat(request.imgStrength()).isEqualTo(1.0);
    assertThat(request.frameAlignment()).isEqualTo(8);
    assertThat(request.bufferGuide()).isEqualTo(BufferGuide.ADD_NODE);
    assertThat(request.trimToAudio()).isFalse();
    assertThat(request.schedule()).isEqualTo("simple");
    assertThat(request.speechNoise()).isZero();
    assertThat(request.fit()).isEqualTo(Fit.PAD);
    assertThat(request.warnings()).isEmpty();
  }

  @Test
  void theOtherModes() throws Exception {
    GenerationRequest audio = parse(IMAGE, "\"duration\": 5.5");
    assertThat(audio.mode()).isEqualTo(Mode.AUDIO_GEN);
    assertThat(audio.duration()).hasValue(5.5);
    assertThat(audio.audio()).isEmpty();
    assertThat(audio.promptPositive()).isEqualTo(DefaultPrompts.AUDIO_POSITIVE);
    assertThat(audio.promptNegative()).isEqualTo(DefaultPrompts.AUDIO_NEGATIVE);
    assertThat(parse(IMAGE, AUDIO).promptPositive()).isEqualTo(DefaultPrompts.SPEECH_POSITIVE);
    assertThat(parse(IMAGE, AUDIO).promptNegative()).isEqualTo(DefaultPrompts.SPEECH_NEGATIVE);

    GenerationRequest spoken = parse(KEYFRAMES, AUDIO);
    assertThat(spoken.mode()).isEqualTo(Mode.MULTIFRAME_LIPSYNC);
    assertThat(spoken.images()).hasSize(2);

    assertThat(parse(KEYFRAMES, "\"duration\": 1").mode()).isEqualTo(Mode.MULTIFRAME_AUDIO_GEN);
  }

  @ParameterizedTest
  @CsvSource({
    "LIPSYNC, 1, lipsync, true, false",
    "AUDIO_GEN, 2, audio-gen, false, false",
    "MULTIFRAME_LIPSYNC, 3a, multiframe-lipsync, true, true",
    "MULTIFRAME_AUDIO_GEN, 3b, multiframe-audio-gen, false, true"
  })
  void modes(Mode mode, String label, String workflow, boolean lipSync, boolean multiframe) {
    assertThat(mode.label()).isEqualTo(label);
    assertThat(mode.workflow()).isEqualTo(workflow);
    assertThat(mode.lipSync()).isEqualTo(lipSync);
    assertThat(mode.multiframe()).isEqualTo(multiframe);
  }

  @Test
  void everyFieldIsTaken() throws Exception {
    GenerationRequest request =
        parse(
            KEYFRAMES,
            AUDIO,
            """
            "prompt_positive": "yes", "prompt_negative": "", "quality_preset": "ultra",
            "width": 64, "height": 2048, "fps": 24.0, "buffer_seconds": 10, "steps": 100,
            "seed": 9223372036854775807, "lora_camera": 0, "lora_distilled": 2,
            "lora_detailer": 0.25, "img_compression": 50, "frame_alignment": 64,
            "auto_buffer_guide": "extend_last", "trim_to_audio": true,
            "schedule": "simple", "speech_noise": 0.5, "fit": "crop", "strict": true\
            """);

    assertThat(request.promptPositive()).isEqualTo("yes");
    assertThat(request.promptNegative()).isEmpty();
    assertThat(request.qualityPreset()).isEqualTo("ultra");
    assertThat(request.width()).isEqualTo(64);
    assertThat(request.height()).isEqualTo(2048);
    assertThat(request.fps()).isEqualTo(24);
    assertThat(request.bufferSeconds()).isEqualTo(10);
    assertThat(request.steps()).isEqualTo(100);
    assertThat(request.seed()).hasValue(Long.MAX_VALUE);
    assertThat(request.loras()).isEqualTo(new Loras(0, 2, 0.25));
    assertThat(request.imgCompression()).isEqualTo(50);
    assertThat(request.frameAlignment()).isEqualTo(64);
    assertThat(request.bufferGuide()).isEqualTo(BufferGuide.EXTEND_LAST);
    assertThat(request.trimToAudio()).isTrue();
    assertThat(request.speechNoise()).isEqualTo(0.5);
    assertThat(request.fit()).isEqualTo(Fit.CROP);
    assertThat(request.keyframes()).extracting(Keyframe::fit).containsOnly(Fit.CROP);
    assertThat(request.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'width': 64",
        "'width': 2048",
        "'height': 64",
        "'height': 2048",
        "'fps': 1",
        "'fps': 60",
        "'buffer_seconds': 0",
        "'buffer_seconds': 10",
        "'steps': 1",
        "'steps': 100",
        "'seed': 0",
        "'seed': 9223372036854775807",
        "'lora_camera': 0",
        "'lora_camera': 2",
        "'lora_distilled': 0",
        "'lora_distilled': 2",
        "'lora_detailer': 0",
        "'lora_detailer': 2",
        "'img_compression': 0",
        "'img_compression': 50",
        "'img_strength': 0",
        "'img_strength': 1",
        "'duration': 1",
        "'duration': 30"
      })
  void limitsAreAllowed(String field) throws Exception {
    String json = field.replace('\'', '"');
    double given = Double.parseDouble(field.substring(field.indexOf(':') + 1));
    GenerationRequest request =
        json.contains("duration") ? parse(IMAGE, json) : parse(IMAGE, "\"duration\": 5", json);

    assertThat(figures(request)).contains(given);
    assertThat(request.warnings()).isEmpty();
  }

  private static List<Double> figures(GenerationRequest request) {
    return List.of(
        (double) request.width(),
        (double) request.height(),
        (double) request.fps(),
        request.bufferSeconds(),
        (double) request.steps(),
        (double) request.seed().orElse(-1),
        request.loras().camera(),
        request.loras().distilled(),
        request.loras().detailer(),
        (double) request.imgCompression(),
        request.imgStrength(),
        request.duration().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void limitsOfTheAlignment(int alignment) throws Exception {
    assertThat(parse(KEYFRAMES, AUDIO, "\"frame_alignment\": " + alignment).frameAlignment())
        .isEqualTo(alignment);
  }

  /** Characters as people count them: an emoji is one. */
  @ParameterizedTest
  @ValueSource(strings = {"x", "ä", "\uD83D\uDC26"})
  void thePromptOfTenThousandCharacters(String character) throws Exception {
    ObjectNode input = RequestJson.read("{" + IMAGE + ", " + AUDIO + "}");
    input.put("prompt_positive", character.repeat(10_000));
    input.put("prompt_negative", character.repeat(10_000));

    GenerationRequest request = GenerationRequest.parse(input);

    assertThat(request.promptPositive()).isEqualTo(character.repeat(10_000));
    assertThat(request.promptNegative()).isEqualTo(character.repeat(10_000));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 9})
  void limitsOfTheKeyframes(int count) throws Exception {
    String keyframes = String.join(", ", Collections.nCopies(count, "{" + IMAGE + "}"));

    assertThat(parse("\"keyframes\": [" + keyframes + "]", AUDIO).keyframes()).hasSize(count);
  }

  @Test
  void tenUnknownFieldsAreAllNamed() throws Exception {
    ObjectNode input = RequestJson.read("{" + IMAGE + ", " + AUDIO + "}");
    for (int i = 0; i < 10; i++) {
      input.put("x" + i, i);
    }
    assertThat(GenerationRequest.parse(input).warnings())
        .containsExactly("Unknown fields are ignored: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9");
    input.put("x10", 10);
    assertThat(GenerationRequest.parse(input).warnings())
        .containsExactly(
            "Unknown fields are ignored: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 1 more");
  }

  @ParameterizedTest
  @CsvSource({"fast, 8, 0.3, 0.6, 0.5", "high, 8, 0.3, 0.6, 1.0", "ultra, 12, 0.3, 0.8, 1.0"})
  void presets(String preset, int steps, double camera, double distilled, double detailer)
      throws Exception {
    GenerationRequest request = parse(IMAGE, AUDIO, "\"quality_preset\": \"" + preset + '"');

    assertThat(request.steps()).isEqualTo(steps);
    assertThat(request.loras()).isEqualTo(new Loras(camera, distilled, detailer));
  }

  @ParameterizedTest
  @CsvSource({
    "true, ADD_NODE",
    "\"add_node\", ADD_NODE",
    "\"extend_last\", EXTEND_LAST",
    "false, NONE",
    "\"none\", NONE"
  })
  void bufferGuides(String given, BufferGuide guide) throws Exception {
    assertThat(parse(KEYFRAMES, AUDIO, "\"auto_buffer_guide\": " + given).bufferGuide())
        .isEqualTo(guide);
  }

  @Test
  void keyframeDefaults() throws Exception {
    String five = String.join(", ", Collections.nCopies(5, "{" + IMAGE + "}"));

    assertThat(parse("\"keyframes\": [" + five + "]", AUDIO).keyframes())
        .extracting(Keyframe::position, Keyframe::strength)
        .containsExactly(
            tuple(0.0, 1.0), tuple(0.25, 0.8), tuple(0.5, 0.8), tuple(0.75, 0.8), tuple(1.0, 0.8));
    assertThat(parse("\"keyframes\": [{" + IMAGE + "}]", AUDIO).keyframes())
        .containsExactly(new Keyframe(source("https://e.org/a.png"), 0, 1.0, Fit.PAD));
  }

  @Test
  void keyframesAsGiven() throws Exception {
    String given =
        """
        "keyframes": [
          {"image_url": "https://e.org/a.png", "frame_position": "last", "strength": 0},
          {"image_url": "https://e.org/b.png", "frame_position": "first", "strength": 1},
          {"image_url": "https://e.org/c.png", "frame_position": 0.3333333333333333}]\
        """;

    assertThat(parse(given, AUDIO).keyframes())
        .containsExactly(
            new Keyframe(source("https://e.org/a.png"), 1, 0, Fit.PAD),
            new Keyframe(source("https://e.org/b.png"), 0, 1, Fit.PAD),
            new Keyframe(source("https://e.org/c.png"), 1 / 3.0, 0.8, Fit.PAD));
  }

  @Test
  void positionsAsNumbersReachBothEnds() throws Exception {
    String given =
        """
        "keyframes": [{"image_url": "https://e.org/a.png", "frame_position": 1},
                      {"image_url": "https://e.org/b.png", "frame_position": 0}]\
        """;

    assertThat(parse(given, AUDIO).keyframes())
        .extracting(Keyframe::position)
        .containsExactly(1.0, 0.0);
  }

  @ParameterizedTest
  @CsvSource({
    "64, 64",
    "65, 64",
    "79, 64",
    "80, 96",
    "95, 96",
    "1000, 992",
    "1080, 1088",
    "1920, 1920",
    "2031, 2016",
    "2032, 2048",
    "2047, 2048",
    "2048, 2048",
    "1280.0, 1280"
  })
  void sizesAreRounded(String given, int pixels) throws Exception {
    GenerationRequest request = parse(IMAGE, AUDIO, "\"height\": " + given);

    assertThat(request.height()).isEqualTo(pixels);
    assertThat(request.width()).isEqualTo(1280);
    if (Double.parseDouble(given) == pixels) {
      assertThat(request.warnings()).isEmpty();
    } else {
      assertThat(request.warnings())
          .containsExactly(
              "height %s is rounded to %d, the nearest multiple of 32".formatted(given, pixels));
    }
  }

  @Test
  void audioDecidesTheLength() throws Exception {
    GenerationRequest request = parse(IMAGE, AUDIO, "\"duration\": \"nonsense\"");

    assertThat(request.duration()).isEmpty();
    assertThat(request.warnings())
        .containsExactly("duration is ignored: with audio_url the audio's length counts");
  }

  @Test
  void fieldsWithoutEffect() throws Exception {
    String guide = "\"frame_alignment\": 1, \"auto_buffer_guide\": false, \"trim_to_audio\": ";
    GenerationRequest single = parse(IMAGE, AUDIO, guide + "true");
    assertThat(single.trimToAudio()).isFalse();
    assertThat(single.warnings())
        .containsExactly(
            "frame_alignment has no effect without keyframes",
            "auto_buffer_guide has no effect without keyframes",
            "trim_to_audio has no effect without keyframes");

    GenerationRequest multi =
        parse(KEYFRAMES, AUDIO, IMAGE, "\"img_strength\": 0.5", guide + "true");
    assertThat(multi.images()).hasSize(2);
    assertThat(multi.warnings())
        .containsExactly(
            "image_url has no effect with keyframes", "img_strength has no effect with keyframes");

    assertThat(parse(IMAGE, AUDIO, "\"trim_to_audio\": false").warnings()).isEmpty();
  }

  @Test
  void warningsComeAfterThoseThatAreThere() throws Exception {
    GenerationRequest request = parse(IMAGE, AUDIO, "\"frame_alignment\": 1");
    GenerationRequest more = request.withWarnings(List.of("one", "two"));

    assertThat(more.warnings())
        .containsExactly("frame_alignment has no effect without keyframes", "one", "two");
    assertThat(more).usingRecursiveComparison().ignoringFields("warnings").isEqualTo(request);
  }

  @Test
  void unknownFieldsAreNamed() throws Exception {
    String keyframe = "{" + IMAGE + ", \"prompt\": \"secret\"}";
    GenerationRequest request =
        parse(
            "\"keyframes\": [" + keyframe + "]",
            AUDIO,
            "\"use_chained_guides\": true, \"a\\u001b[31m\\nb\\u202e\": 1, \""
                + "x".repeat(500)
                + "\": 2");

    assertThat(request.warnings())
        .containsExactly(
            "Unknown fields are ignored: keyframes[0].prompt, use_chained_guides,"
                + " \"a\\u001b[31m\\u000ab\\u202e\", \""
                + "x".repeat(40)
                + "…\"");
  }

  @Test
  void manyUnknownFieldsAreCounted() throws Exception {
    ObjectNode input = RequestJson.read("{" + IMAGE + ", " + AUDIO + "}");
    for (int i = 0; i < 1000; i++) {
      input.put("x" + i, i);
    }

    assertThat(GenerationRequest.parse(input).warnings())
        .containsExactly(
            "Unknown fields are ignored: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 990 more");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://e.org",
        "HTTPS://E.org/A.PNG?X-Amz-Signature=1%2F2#top",
        "https://user:key@e.org:8443/a|b[1]{2}.png",
        "https://münchen.example/ä b.png",
        "http://127.0.0.1:9000/a.png",
        "http://[::1]/a.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:,x",
        "DATA:audio/mpeg;codecs=\\\"mp3\\\";base64,AA=="
      })
  void usableUrls(String url) throws Exception {
    assertThat(parse("\"image_url\": \"" + url + '"', AUDIO).images()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"portrait.jpg", "../media/portrait.jpg", "/tmp/ä b.png", "./odd:name.png", "a?b"})
  void pathsWhereTheyAreAllowed(String path) throws Exception {
    ObjectNode input = RequestJson.read("{\"image_url\": \"" + path + "\", " + AUDIO + "}");

    assertThat(GenerationRequest.parse(input, AcceptedSources.REMOTE_AND_FILES).images())
        .containsExactly(new Source.LocalFile(path));
    assertThatThrownBy(() -> GenerationRequest.parse(input))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("image_url must be an http or https URL or a data: URI, got \"");
  }

  @Test
  void nodesOfOtherMappers() throws Exception {
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    input.put("image_url", "https://e.org/a.png").put("duration", 5.0d).put("fps", 24.0f);
    input.put("lora_camera", -0.0d);

    GenerationRequest request = GenerationRequest.parse(input);

    assertThat(request.duration()).hasValue(5.0);
    assertThat(request.fps()).isEqualTo(24);
    assertThat(request.loras().camera()).isEqualTo(0.0);
    assertThatThrownBy(() -> GenerationRequest.parse(input.put("duration", Double.NaN)))
        .hasMessage("duration must be a number from 1 to 30, got NaN");
    assertThatThrownBy(() -> GenerationRequest.parse(input.put("duration", 1 / 0.0)))
        .hasMessage("duration must be a number from 1 to 30, got Infinity");
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.0, 1.0001, 5, 30, 30.49, 30.5})
  void audioOfAGoodLength(double seconds) {
    assertThatCode(() -> GenerationRequest.checkAudioLength(seconds)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          0, Duration must be at least 1 second: the audio has 0.0 s
          0.5, Duration must be at least 1 second: the audio has 0.5 s
          0.99999, Duration must be at least 1 second: the audio has 0.999 s
          NaN, Duration must be at least 1 second: the audio has NaN s
          30.50001, 'Duration cannot exceed 30 seconds: the audio has about 30.6 s; cut it to 30 s, or make a video of each part'
          61.2, 'Duration cannot exceed 30 seconds: the audio has about 61.2 s; cut it to 30 s, or make a video of each part'
          """)
  void audioOfABadLength(double seconds, String message) {
    assertThatThrownBy(() -> GenerationRequest.checkAudioLength(seconds))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(message);
  }

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void examplesAreValidAndTheirFilesExist(Path example) throws Exception {
    GenerationRequest request =
        GenerationRequest.parse(
            RequestJson.read(Files.readAllBytes(example)), AcceptedSources.REMOTE_AND_FILES);

    assertThat(example.getFileName().toString()).startsWith(request.mode().workflow());
    assertThat(request.warnings()).isEmpty();
    Stream.concat(request.images().stream(), request.audio().stream())
        .map(Source.LocalFile.class::cast)
        .forEach(file -> assertThat(EXAMPLES.resolve(file.path())).isRegularFile());
  }

  private static Source source(String text) {
    return AcceptedSources.REMOTE.read(text).orElseThrow();
  }

  private static GenerationRequest parse(String... fields) throws InvalidRequestException {
    return GenerationRequest.parse(RequestJson.read("{" + String.join(", ", fields) + "}"));
  }
}
