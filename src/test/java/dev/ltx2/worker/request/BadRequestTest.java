package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadRequestTest {
  private static final String MODES =
      "give image_url and audio_url (mode 1), image_url and duration (mode 2),"
          + " keyframes and audio_url (mode 3a) or keyframes and duration (mode 3b)";
  private static final String NO_DATA =
      " is an empty or broken data: URI: write data:<media type>;base64,<data>";
  private static final String URL = " must be an http or https URL or a data: URI, got ";
  private static final String POSITION =
      "keyframes[1].frame_position must be \"first\", \"last\" or a number from 0.0 to 1.0, got ";

  /** Fields put into (null: taken from) a good request of mode 2. */
  static final List<Arguments> FIELDS =
      List.of(
          bad("'fps': 61", "fps must be an integer from 1 to 60, got 61"),
          bad("'fps': 0", "fps must be an integer from 1 to 60, got 0"),
          bad("'fps': '24'", "fps must be an integer from 1 to 60, got \"24\""),
          bad("'fps': 24.5", "fps must be an integer from 1 to 60, got 24.5"),
          bad("'fps': true", "fps must be an integer from 1 to 60, got true"),
          bad("'fps': [30]", "fps must be an integer from 1 to 60, got an array"),
          bad("'duration': 0.5", "Duration must be at least 1 second: duration is 0.5"),
          bad("'duration': 0", "Duration must be at least 1 second: duration is 0"),
          bad("'duration': -5", "Duration must be at least 1 second: duration is -5"),
          bad(
              "'duration': 0.9999999999999999999",
              "Duration must be at least 1 second: duration is 0.9999999999999999999"),
          bad("'duration': 31.0", "Duration cannot exceed 30 seconds: duration is 31.0"),
          bad("'duration': 30.01", "Duration cannot exceed 30 seconds: duration is 30.01"),
          bad("'duration': 1e400", "Duration cannot exceed 30 seconds: duration is 1E+400"),
          bad("'duration': '5'", "duration must be a number from 1 to 30, got \"5\""),
          bad("'duration': {}", "duration must be a number from 1 to 30, got an object"),
          bad("'width': 63", "width must be an integer from 64 to 2048, got 63"),
          bad("'width': 2049", "width must be an integer from 64 to 2048, got 2049"),
          bad("'height': 4294968016", "height must be an integer from 64 to 2048, got 4294968016"),
          bad("'height': 720.5", "height must be an integer from 64 to 2048, got 720.5"),
          bad("'buffer_seconds': -0.1", "buffer_seconds must be a number from 0 to 10, got -0.1"),
          bad("'buffer_seconds': 10.5", "buffer_seconds must be a number from 0 to 10, got 10.5"),
          bad("'steps': 0", "steps must be an integer from 1 to 100, got 0"),
          bad("'steps': 101", "steps must be an integer from 1 to 100, got 101"),
          bad(
              "'seed': -2",
              "seed must be an integer from 0 to 9223372036854775807, or -1 to draw one, got -2"),
          bad(
              "'seed': 9223372036854775808",
              "seed must be an integer from 0 to 9223372036854775807, or -1 to draw one, got 9223372036854775808"),
          bad(
              "'seed': 1" + "0".repeat(80),
              "seed must be an integer from 0 to 9223372036854775807, or -1 to draw one, got 1"
                  + "0".repeat(39)
                  + "…"),
          bad(
              "'seed': 0.5",
              "seed must be an integer from 0 to 9223372036854775807, or -1 to draw one, got 0.5"),
          bad("'lora_camera': 2.1", "lora_camera must be a number from 0 to 2, got 2.1"),
          bad("'lora_distilled': -1", "lora_distilled must be a number from 0 to 2, got -1"),
          bad(
              "'lora_detailer': 'high'",
              "lora_detailer must be a number from 0 to 2, got \"high\""),
          bad("'img_compression': 51", "img_compression must be an integer from 0 to 50, got 51"),
          bad("'img_strength': 1.01", "img_strength must be a number from 0 to 1, got 1.01"),
          bad("'frame_alignment': 0", "frame_alignment must be an integer from 1 to 64, got 0"),
          bad("'frame_alignment': 65", "frame_alignment must be an integer from 1 to 64, got 65"),
          bad(
              "'auto_buffer_guide': 'always'",
              "auto_buffer_guide must be true, \"add_node\", \"extend_last\", false or \"none\", got"
                  + " \"always\""),
          bad(
              "'auto_buffer_guide': 1",
              "auto_buffer_guide must be true, \"add_node\", \"extend_last\", false or \"none\", got"
                  + " 1"),
          bad("'trim_to_audio': 'yes'", "trim_to_audio must be true or false, got \"yes\""),
          bad(
              "'trim_to_audio': 'https://e.org/a?key=secret'",
              "trim_to_audio must be true or false, got \"https://e.org/a?…\""),
          bad(
              "'trim_to_audio': 'Data:secret,secret'",
              "trim_to_audio must be true or false, got \"data:…\""),
          bad(
              "'trim_to_audio': '" + "x".repeat(40) + "'",
              "trim_to_audio must be true or false, got \"" + "x".repeat(40) + "\""),
          bad(
              "'trim_to_audio': '" + "x".repeat(41) + "'",
              "trim_to_audio must be true or false, got \"" + "x".repeat(40) + "…\""),
          bad(
              "'trim_to_audio': '\uD800\uDC00\uDB40\uDC01\u2028\u2029'",
              "trim_to_audio must be true or false, got \"\uD800\uDC00\\u{e0001}\\u2028\\u2029\""),
          bad(
              "'quality_preset': 'best'",
              "quality_preset must be fast, high or ultra, got \"best\""),
          bad(
              "'quality_preset': 'HIGH'",
              "quality_preset must be fast, high or ultra, got \"HIGH\""),
          bad("'quality_preset': 2", "quality_preset must be fast, high or ultra, got 2"),
          bad(
              "'quality_preset': 'a\\n\\u001b[31mb'",
              "quality_preset must be fast, high or ultra, got \"a\\u000a\\u001b[31mb\""),
          bad("'prompt_positive': 5", "prompt_positive must be text, got a number"),
          bad("'prompt_negative': ['secret']", "prompt_negative must be text, got an array"),
          bad(
              "'prompt_positive': 'secret " + "x".repeat(9994) + "'",
              "prompt_positive must have at most 10,000 characters, has 10,001"),
          bad(
              "'prompt_positive': 'secret \\ud800'",
              "prompt_positive must be Unicode text, has half of a surrogate pair"),
          bad("'image_url': ''", "image_url" + URL + "\"\""),
          bad("'image_url': '  '", "image_url" + URL + "\"  \""),
          bad("'image_url': 7", "image_url" + URL + "a number"),
          bad("'image_url': 'portrait.jpg'", "image_url" + URL + "\"portrait.jpg\""),
          bad("'image_url': '//e.org/a.png'", "image_url" + URL + "\"//e.org/a.png\""),
          bad("'image_url': 'ftp://e.org/a.png'", "image_url" + URL + "\"ftp://e.org/a.png\""),
          bad("'image_url': 'file:///etc/passwd'", "image_url" + URL + "\"file:///etc/passwd\""),
          bad("'image_url': 'https://'", "image_url" + URL + "\"https://\""),
          bad("'image_url': 'http:///a.png'", "image_url" + URL + "\"http:///a.png\""),
          bad(
              "'image_url': 'http://e.org:99999/?key=secret'",
              "image_url" + URL + "\"http://e.org:99999/?…\""),
          bad(
              "'image_url': 'gs://secret:secret@e.org/a.png#secret'",
              "image_url" + URL + "\"gs://…@e.org/a.png?…\""),
          bad(
              "'image_url': 'https://e.org/a.png\\r\\nHost: b'",
              "image_url" + URL + "\"https://e.org/a.png\\u000d\\u000aHost: b\""),
          bad(
              "'image_url': ' https://e.org/a.png'",
              "image_url" + URL + "\" https://e.org/a.png\""),
          bad("'image_url': 'data:image/png;base64,'", "image_url" + NO_DATA),
          bad("'image_url': 'data:image/png;base64, '", "image_url" + NO_DATA),
          bad("'image_url': 'DATA:,'", "image_url" + NO_DATA),
          bad("'image_url': 'data:secret'", "image_url" + NO_DATA),
          bad("'image_url': ' data:,x'", "image_url" + URL + "\" data:,x\""),
          bad("'audio_url': ''", "audio_url" + URL + "\"\""),
          bad("'keyframes': []", "At least 1 keyframe is required: keyframes is empty"),
          bad("'keyframes': {}", "keyframes must be an array of 1 to 9 objects, got an object"),
          bad("'keyframes': 'secret'", "keyframes must be an array of 1 to 9 objects, got text"),
          bad(
              "'keyframes': [" + keyframes(10) + "]",
              "Maximum 9 keyframes supported: keyframes has 10"),
          bad(
              "'keyframes': [" + keyframes(1) + ", 'https://e.org/?secret']",
              "keyframes[1] must be an object with image_url, got text"),
          bad(
              "'keyframes': [" + keyframes(1) + ", {}]",
              "keyframes[1].image_url is missing: each keyframe needs its image"),
          bad(
              "'keyframes': [" + keyframes(1) + ", {'image_url': 'b.png'}]",
              "keyframes[1].image_url" + URL + "\"b.png\""),
          second("'strength': 1.5", "keyframes[1].strength must be a number from 0 to 1, got 1.5"),
          second(
              "'strength': '1'", "keyframes[1].strength must be a number from 0 to 1, got \"1\""),
          second("'frame_position': 'middle'", POSITION + "\"middle\""),
          second("'frame_position': 1.01", POSITION + "1.01"),
          second("'frame_position': -0.5", POSITION + "-0.5"),
          second("'frame_position': '0.5'", POSITION + "\"0.5\""),
          second("'frame_position': true", POSITION + "true"),
          second("'fit': 'stretch'", "keyframes[1].fit must be pad or crop, got \"stretch\""),
          bad(
              "'keyframes': [" + keyframes(1) + ", null]",
              "keyframes[1] must be an object with image_url, got null"),
          bad(
              "'keyframes': [" + keyframes(1) + ", {'image_url': null}]",
              "keyframes[1].image_url is missing: each keyframe needs its image"),
          bad("'fit': 'PAD'", "fit must be pad or crop, got \"PAD\""),
          bad("'fit': true", "fit must be pad or crop, got true"),
          bad("'schedule': 'karras'", "schedule must be simple, got \"karras\""),
          bad("'speech_noise': 1.5", "speech_noise must be a number from 0 to 1, got 1.5"),
          bad("'strict': 'yes'", "strict must be true or false, got \"yes\""),
          bad("'prompt': 5", "prompt must be text, got a number"),
          bad(
              "'prompt': 'a secret', 'prompt_positive': 'b'",
              "prompt is another name for prompt_positive and says something else: give one of them"),
          bad(
              "'prompt_negative': 'b', 'negative_prompt': ''",
              "negative_prompt is another name for prompt_negative and says something else: give one of"
                  + " them"));

  @ParameterizedTest
  @FieldSource("FIELDS")
  void oneFault(String field, String message) throws Exception {
    ObjectNode input =
        RequestJson.read("{'image_url': 'https://e.org/a.png', 'duration': 5}".replace('\'', '"'));
    input.setAll(RequestJson.read("{" + field.replace('\'', '"') + "}"));

    InvalidRequestException fault = fault(input);

    assertThat(fault).hasMessage(message);
    assertThat(fault.faults()).extracting(FieldFault::message).containsExactly(message);
    assertThat(field).contains(name(fault.faults().getFirst().field()));
    assertThat(message).doesNotContain("secret");
  }

  /** On the command line, where a path is as good as a URL. */
  @ParameterizedTest
  @ValueSource(
      strings = {"7", "''", "' a.png'", "'a\\tb.png'", "'a\\ud800.png'", "'ftp://e.org/a.png'"})
  void noPathEither(String given) throws Exception {
    String field = "'image_url': " + given;
    ObjectNode input = RequestJson.read(("{" + field + ", 'duration': 5}").replace('\'', '"'));

    assertThatThrownBy(() -> GenerationRequest.parse(input, AcceptedSources.REMOTE_AND_FILES))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(
            "image_url must be an http or https URL, a data: URI or a file path, got ");
  }

  static final List<Arguments> SELECTIONS =
      List.of(
          bad("{}", "The input selects no mode: " + MODES),
          bad(
              "{'imageUrl': 'https://secret', 'duration': 5, 'promt': 'secret'}",
              "image_url or keyframes is missing: "
                  + MODES
                  + "; Unknown field imageUrl: did you mean image_url?"
                  + "; Unknown field promt: did you mean prompt?"),
          bad(
              "{'self_test': true}",
              "The input selects no mode: " + MODES + "; Unknown fields: self_test"),
          bad("{'fps': 24}", "The input selects no mode: " + MODES),
          bad("{'image_url': 'https://e.org/a.png'}", "audio_url or duration is missing: " + MODES),
          bad(
              "{'audio_url': 'https://e.org/a.mp3'}",
              "image_url or keyframes is missing: " + MODES),
          bad("{'duration': 5}", "image_url or keyframes is missing: " + MODES),
          bad(
              "{'keyframes': [" + keyframes(2) + "]}",
              "audio_url or duration is missing: " + MODES));

  @ParameterizedTest
  @FieldSource("SELECTIONS")
  void noMode(String input, String message) throws Exception {
    assertThat(fault(RequestJson.read(input.replace('\'', '"')))).hasMessage(message);
  }

  @Test
  void notAnObject() {
    assertThat(fault(null)).hasMessage("input must be a JSON object, got null");
    assertThat(fault(JsonNodeFactory.instance.arrayNode()))
        .hasMessage("input must be a JSON object, got an array");
  }

  @Test
  void allFaultsAtOnceTheApisFirst() throws Exception {
    InvalidRequestException fault =
        fault(
            RequestJson.read(
                """
                {"fps": 0, "keyframes": [], "duration": 40, "seed": "x", "image_url": "a.png"}\
                """));

    assertThat(fault.faults())
        .extracting(FieldFault::message)
        .containsExactly(
            "Duration cannot exceed 30 seconds: duration is 40",
            "At least 1 keyframe is required: keyframes is empty",
            "image_url" + URL + "\"a.png\"",
            "fps must be an integer from 1 to 60, got 0",
            "seed must be an integer from 0 to 9223372036854775807, or -1 to draw one, got \"x\"");
    assertThat(fault.faults())
        .extracting(FieldFault::field)
        .containsExactly("duration", "keyframes", "image_url", "fps", "seed");
    assertThat(fault)
        .hasMessage(
            fault.faults().stream().map(FieldFault::message).collect(Collectors.joining("; ")));
  }

  @Test
  void aMillionKeyframesAreNotAMillionFaults() throws Exception {
    ObjectNode input = RequestJson.read("{\"duration\": 5}");
    for (int i = 0; i < 1_000_000; i++) {
      input.withArray("keyframes").add(1);
    }

    assertThat(fault(input).faults()).hasSize(10);
  }

  /** Any JSON either is a request within its ranges or gets one clean line. */
  @Test
  void randomInputs() {
    Random random = new Random(7);
    List<String> names = new ArrayList<>(RequestField.names());
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      ObjectNode input = JsonNodeFactory.instance.objectNode();
      Collections.shuffle(names, random);
      for (String name : names.subList(0, random.nextInt(8))) {
        input.set(name, anything(random, 0));
      }
      if (random.nextBoolean()) {
        input.put("image_url", "https://e.org/a.png").put("audio_url", "data:audio/mpeg,x");
        input.remove("keyframes");
      }
      try {
        check(
            GenerationRequest.parse(
                input,
                random.nextBoolean() ? AcceptedSources.REMOTE_AND_FILES : AcceptedSources.REMOTE));
        accepted++;
      } catch (InvalidRequestException e) {
        assertThat(e.getMessage()).doesNotContain("secret", "\n", "\u001b").hasSizeLessThan(5000);
      }
    }
    assertThat(accepted).isBetween(500, 19_500);
  }

  private static void check(GenerationRequest request) {
    assertThat(request.mode()).isNotNull();
    assertThat(request.images()).isNotEmpty().doesNotContainNull();
    assertThat(request.width() % 32).isZero();
    assertThat(request.width()).isBetween(64, 2048);
    assertThat(request.fps()).isBetween(1, 60);
    assertThat(request.steps()).isBetween(1, 100);
    assertThat(request.bufferSeconds()).isBetween(0.0, 10.0);
    assertThat(request.loras().camera()).isBetween(0.0, 2.0);
    assertThat(request.seed().orElse(0)).isNotNegative();
    assertThat(request.duration().orElse(1)).isBetween(1.0, 30.0);
    assertThat(request.duration().isPresent()).isNotEqualTo(request.mode().lipSync());
    assertThat(request.keyframes())
        .allMatch(k -> k.position() >= 0 && k.position() <= 1 && k.strength() >= 0);
    assertThat(request.warnings()).allMatch(w -> !w.contains("\n") && !w.contains("secret"));
  }

  private static JsonNode anything(Random random, int depth) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (random.nextInt(depth < 3 ? 16 : 13)) {
      case 0 -> json.nullNode();
      case 1 -> json.booleanNode(random.nextBoolean());
      case 2, 3, 4 -> json.numberNode(random.nextInt(-2, 70));
      case 5 -> json.numberNode(random.nextLong());
      case 6 -> json.numberNode(new BigInteger(200, random));
      case 7, 8 -> json.numberNode(random.nextDouble());
      case 9 -> json.numberNode(Double.longBitsToDouble(random.nextLong()));
      case 10 -> json.numberNode(new BigDecimal(new BigInteger(64, random), random.nextInt()));
      case 11 -> json.textNode(List.of("high", "first", "none", "").get(random.nextInt(4)));
      case 12 -> json.textNode("https://secret@e.org:x/\u001b\n?secret#secret");
      case 13, 14 -> {
        var array = json.arrayNode();
        for (int i = random.nextInt(11); i > 0; i--) {
          array.add(anything(random, depth + 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = json.objectNode().put("image_url", "https://e.org/a.png");
        object.set("strength", anything(random, depth + 1));
        object.set("frame_position", anything(random, depth + 1));
        yield object;
      }
    };
  }

  /** The last part of {@code keyframes[1].image_url}, or {@code keyframes}. */
  private static String name(String field) {
    return "'"
        + field.replaceFirst("\\[.]$", "").replaceFirst("^.*\\.", "").replaceFirst("\\[\\d]$", "");
  }

  private static InvalidRequestException fault(JsonNode input) {
    InvalidRequestException fault =
        catchThrowableOfType(InvalidRequestException.class, () -> GenerationRequest.parse(input));
    assertThat(fault).isNotNull();
    return fault;
  }

  private static String keyframes(int count) {
    return String.join(", ", Collections.nCopies(count, "{'image_url': 'https://e.org/a.png'}"));
  }

  private static Arguments second(String field, String message) {
    return bad(
        "'keyframes': [" + keyframes(1) + ", {'image_url': 'https://e.org/b.png', " + field + "}]",
        message);
  }

  private static Arguments bad(String json, String message) {
    return Arguments.of(json, message);
  }
}
