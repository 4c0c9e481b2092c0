package dev.ltx2.worker.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.fakes.Cpu;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import dev.ltx2.worker.request.RequestJson;
import dev.ltx2.worker.request.Source;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

/** Request bodies as a hostile client sends them, through a whole job. */
class HostileBodiesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BODIES = 20_000;
  private static final Duration LONGEST = Duration.ofMillis(100);

  /** Errors may show the first 40 characters of a value; behind them nothing may come out. */
  private static final String PROMPT =
      "a long shot of a mill at dusk by a river with reeds, where a canary sings";

  private static final String SECRET = "5f3a9c";

  private static final String SECRET_QUERY = "?token=" + SECRET;

  private static final String NOWHERE =
      "http://127.0.0.1:1/a/rather/long/way/to/a/picture/nobody/has.png" + SECRET_QUERY;

  private static final List<String> SEEDS = seeds();

  /** What parsers trip over. */
  private static final List<String> TOKENS =
      List.of(
          "null",
          "NaN",
          "-Infinity",
          "1e999999999",
          "-0.0",
          "9223372036854775808",
          "0".repeat(120),
          "\"",
          "\\",
          "\\u0000",
          "\\ud800",
          "\u2028",
          "\ufeff",
          "\u0000",
          "\u001b[2J",
          "\r\n",
          "[".repeat(40),
          "{\"input\":",
          "}",
          "]",
          ",",
          ":",
          "{}",
          "[]",
          "\"image_url\":{\"$ref\":\"#\"},",
          "\"\":0,",
          "\"__proto__\":{\"fps\":1},",
          "\"class_type\":\"SaveVideo\",",
          "%date:yyyy%",
          "../../etc/passwd",
          "/*",
          "true",
          "A".repeat(3000));

  private static List<String> seeds() {
    try {
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      ImageIO.setUseCache(false);
      ImageIO.write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png", png);
      String image =
          "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
      String prompts = "\"prompt_positive\": \"" + PROMPT + "\", ";
      return List.of(
          "{\"input\": {"
              + prompts
              + "\"image_url\": \""
              + image
              + "\", \"duration\": 5.0, \"quality_preset\": \"high\", \"seed\": 42,"
              + " \"lora_camera\": 0.3, \"img_compression\": 23, \"width\": 640}}",
          "{"
              + prompts
              + "\"image_url\": \""
              + NOWHERE
              + "\", \"audio_url\": \"data:audio/wav;base64,UklGRg==\", \"fps\": 24}",
          "{\"id\": \"job-1\", \"input\": {\"keyframes\": [{\"image_url\": \""
              + image
              + "\", \"frame_position\": \"first\", \"strength\": 1.0}, {\"image_url\": \""
              + NOWHERE
              + "\", \"frame_position\": 0.5}], "
              + prompts
              + "\"duration\": 3, \"auto_buffer_guide\": \"extend_last\", \"trim_to_audio\":"
              + " true, \"frame_alignment\": 8, \"buffer_seconds\": 0.5}}");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyBodyGetsOneCleanAnswerInTime() throws Exception {
    Random random = new Random(6);
    int requests = 0;
    Map<ErrorCode, Integer> answers = new EnumMap<>(ErrorCode.class);
    // Port 1: nobody listens there.
    try (ComfyUi nobody =
        new ComfyUi(URI.create("http://127.0.0.1:1"), Optional.empty(), ManualTime.skipping())) {
      VideoJob job =
          new VideoJob(
              new Downloads(Downloads.Options.DEFAULTS, ManualTime.skipping()),
              new VideoGenerator(
                  "comfyui",
                  Workflows.load(Path.of("workflows/ltx-2")),
                  nobody,
                  Duration.ofSeconds(5),
                  ManualTime.skipping()),
              (id, video, name, _, _) -> {
                throw new AssertionError("no video can be made here");
              },
              ManualTime.skipping(),
              new Random(1));
      for (int i = 0; i < BODIES; i++) {
        byte[] body = mutated(random);
        JobFailure failure = answer(job, body);
        if (failure == null) {
          requests++;
        } else {
          check(failure, body);
          answers.merge(failure.code(), 1, Integer::sum);
        }
      }
    }
    assertThat(answers)
        .containsOnlyKeys(
            ErrorCode.INVALID_INPUT,
            ErrorCode.INPUT_DOWNLOAD_FAILED,
            ErrorCode.COMFYUI_UNAVAILABLE);
    assertThat(answers.values()).allMatch(count -> count > 20);
    assertThat(requests).isBetween(BODIES / 20, BODIES / 2);
  }

  /**
   * Null for a request that was found good and left at that. The compiler may once make anything
   * slow: only what stays slow is slow.
   */
  private static JobFailure answer(VideoJob job, byte[] body) throws Exception {
    Duration fastest = LONGEST;
    for (int attempt = 0; attempt < 5; attempt++) {
      Duration start = Cpu.time();
      JobFailure failure = run(job, body);
      fastest = Cpu.time().minus(start);
      if (fastest.compareTo(LONGEST) < 0) {
        return failure;
      }
    }
    throw new AssertionError("took " + fastest + ": " + new String(body, ISO_8859_1));
  }

  private static JobFailure run(VideoJob job, byte[] body) throws InterruptedException {
    try {
      JsonNode input = RequestJson.read(body);
      GenerationRequest request = GenerationRequest.parse(input);
      // A changed host may be somebody's real one; and one in five is enough to go further.
      if (strangers(request) || Arrays.hashCode(body) % 5 != 0) {
        return null;
      }
      job.run(new Job("job\n1", input), ProgressListener.NONE).close();
      throw new AssertionError("a video out of nothing");
    } catch (InvalidRequestException e) {
      return new JobFailure(ErrorCode.INVALID_INPUT, e.getMessage(), false, e);
    } catch (JobFailure e) {
      return e;
    }
  }

  private static boolean strangers(GenerationRequest request) {
    return Stream.concat(request.images().stream(), request.audio().stream())
        .anyMatch(source ->
            source instanceof Source.Http(HttpUrl url)
                && !url.toString().startsWith("http://127.0.0.1:1/"));
  }

  private static void check(JobFailure failure, byte[] body) throws IOException {
    StringWriter written = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(written)) {
      failure.writeTo(out);
    }
    String answer = written.toString();
    JsonNode json = JSON.readTree(answer);
    assertThat(json.get("status").asText()).isEqualTo("error");
    assertThat(json.get("error").asText())
        .as(new String(body, ISO_8859_1))
        .isNotBlank()
        .hasSizeLessThan(5000)
        .doesNotContainPattern("[\\p{Cntrl}\\u2028\\u2029]")
        .doesNotContain("canary", "Exception", "com.fasterxml", "dev.ltx2", "\tat ");
    // Without its question mark it is no query that anybody could know.
    if (!new String(body, ISO_8859_1).replace(SECRET_QUERY, "").contains(SECRET)) {
      assertThat(answer).doesNotContain(SECRET);
    }
  }

  private static byte[] mutated(Random random) {
    byte[] body = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(UTF_8);
    for (int i = random.nextInt(5); i >= 0; i--) {
      body = once(body, random);
    }
    // Jackson tells the encoding by the first bytes, as the standard once allowed.
    return random.nextInt(50) == 0 ? new String(body, UTF_8).getBytes(UTF_16) : body;
  }

  private static byte[] once(byte[] body, Random random) {
    if (body.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int from = random.nextInt(body.length);
    int to = Math.min(body.length, from + 1 + random.nextInt(random.nextBoolean() ? 3 : 60));
    byte[] head = slice(body, 0, from);
    byte[] part = slice(body, from, to);
    byte[] tail = slice(body, to, body.length);
    return switch (random.nextInt(9)) {
      case 0 -> join(head, tail);
      case 1 -> join(head, part, part, tail);
      case 2 -> join(tail, part, head);
      case 3 -> random.nextInt(4) == 0 ? head : join(head, part, tail);
      case 4, 5 -> join(head, token(random), part, tail);
      case 6 -> join(head, token(random), tail);
      case 7 -> digit(body, random);
      default -> {
        body[from] = (byte) (body[from] ^ 1 << random.nextInt(8));
        yield body;
      }
    };
  }

  /** Another digit keeps the JSON whole and reaches the ranges behind it. */
  private static byte[] digit(byte[] body, Random random) {
    for (int at = random.nextInt(body.length); at < body.length; at++) {
      if (Character.isDigit(body[at])) {
        body[at] = (byte) ('0' + random.nextInt(10));
        break;
      }
    }
    return body;
  }

  private static byte[] token(Random random) {
    if (random.nextInt(4) == 0) {
      byte[] noise = new byte[1 + random.nextInt(6)];
      random.nextBytes(noise);
      return noise;
    }
    return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(UTF_8);
  }

  private static byte[] slice(byte[] bytes, int from, int to) {
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }
}
