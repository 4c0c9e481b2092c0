package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.input.Inputs;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Promise;
import dev.ltx2.worker.job.Stage;
import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import dev.ltx2.worker.storage.VideoStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs on the rehearsal, over its HTTP and WebSocket. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VideoJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MEDIA = Path.of("test-fixtures/media").toAbsolutePath();
  private static final String PROMPT = "a canary sings behind the mill at dusk";

  private Path folder;
  private Rehearsal rehearsal;
  private ComfyUi comfyUi;

  @BeforeAll
  void open(@TempDir Path temp) {
    folder = temp;
    rehearsal = LtxRehearsal.start(folder.resolve("comfyui"));
    comfyUi = comfyUi();
  }

  private ComfyUi comfyUi() {
    return new ComfyUi(rehearsal.url(), Optional.of(folder.resolve("comfyui")), Clock.SYSTEM);
  }

  @AfterAll
  void close() {
    comfyUi.close();
    rehearsal.close();
  }

  private VideoJob job(VideoStore store) throws Exception {
    return RehearsedJobs.of(Downloads.Options.DEFAULTS.withFiles(MEDIA), comfyUi, store);
  }

  /** Keeps the video outside the job's folder, as a store does. */
  private VideoStore store() {
    return (id, video, name, _, _) -> {
      try {
        Path target = Files.createTempDirectory(folder, "stored").resolve(name);
        return new Stored.Local(Files.copy(video, target));
      } catch (IOException e) {
        throw new StorageException("not stored", e);
      }
    };
  }

  private static final class Seen implements ProgressListener, JobTrace {
    private final List<Progress> progress = new CopyOnWriteArrayList<>();
    private GenerationPlan plan;

    @Override
    public void progress(Progress now) {
      progress.add(now);
    }

    @Override
    public void planned(GenerationPlan planned) {
      plan = planned;
    }
  }

  private static ObjectNode request(String mode) {
    ObjectNode request =
        JSON.createObjectNode()
            .put("width", 128)
            .put("height", 96)
            .put("fps", 24)
            .put("steps", 2)
            .put("seed", 11)
            .put("prompt_positive", PROMPT);
    if (mode.startsWith("3")) {
      for (int i = 1; i <= 3; i++) {
        request.withArray("keyframes").addObject().put("image_url", "keyframe-" + i + ".jpg");
      }
    } else {
      request.put("image_url", "portrait.jpg");
    }
    if (mode.equals("1") || mode.equals("3a")) {
      request.put("audio_url", "speech.mp3");
    } else {
      request.put("duration", 1.3);
    }
    return request;
  }

  static Stream<ObjectNode> requests() {
    List<ObjectNode> all = new ArrayList<>();
    for (String mode : List.of("1", "2", "3a", "3b")) {
      for (double buffer : new double[] {0, 0.5, 1}) {
        all.add(request(mode).put("buffer_seconds", buffer));
      }
    }
    for (String mode : List.of("3a", "3b")) {
      for (String guide : List.of("add_node", "extend_last", "none")) {
        for (boolean trim : new boolean[] {false, true}) {
          all.add(request(mode).put("auto_buffer_guide", guide).put("trim_to_audio", trim));
        }
      }
      all.add(request(mode).put("fps", 23).put("frame_alignment", 1).put("lora_camera", 0));
      all.add(request(mode).put("fps", 1).put("frame_alignment", 64));
    }
    all.add(request("2").put("fps", 60).put("duration", 1.0));
    return all.stream();
  }

  /**
   * The noise is in what ComfyUI gets alone: at 1.0 it lies 20 dB below full scale, and the
   * client's own track is the same byte for byte.
   */
  @Test
  void speechNoiseIsHeardByTheModelAlone() throws Exception {
    Path clean = uploadedSpeech(request("1"), "clean.mp4");
    Path again = uploadedSpeech(request("1").put("speech_noise", 0), "again.mp4");
    assertThat(again).hasSameBinaryContentAs(clean);
    Path noisy = uploadedSpeech(request("1").put("speech_noise", 1.0), "noisy.mp4");
    byte[] one = Files.readAllBytes(clean);
    byte[] other = Files.readAllBytes(noisy);
    assertThat(other).hasSameSizeAs(one);
    double square = 0;
    for (int at = 44; at < one.length; at += 2) {
      double more =
          ((other[at + 1] << 8) + (other[at] & 255)) - ((one[at + 1] << 8) + (one[at] & 255));
      square += more * more;
    }
    double rms = Math.sqrt(square / ((one.length - 44) / 2.0)) / 32768;
    assertThat(20 * Math.log10(rms)).isCloseTo(-20, within(0.1));
    assertThat(AudioFile.decode(folder.resolve("noisy.mp4"), 30, folder.resolve("noisy.wav")))
        .isEqualTo(AudioFile.decode(folder.resolve("clean.mp4"), 30, folder.resolve("clean.wav")));
    assertThat(folder.resolve("noisy.wav")).hasSameBinaryContentAs(folder.resolve("clean.wav"));
  }

  @Test
  void noiseForASpeechThatIsNotThereDoesNothing() throws Exception {
    Job job = new Job("quiet", request("2").put("speech_noise", 1.0));
    try (VideoResult result = job(store()).run(job, ProgressListener.NONE)) {
      assertThat(result.stored()).isInstanceOf(Stored.Local.class);
    }
  }

  /** Runs a job on a ComfyUI elsewhere, which keeps its inputs. */
  private Path uploadedSpeech(ObjectNode request, String name) throws Exception {
    try (ComfyUi elsewhere = new ComfyUi(rehearsal.url(), Optional.empty(), Clock.SYSTEM)) {
      VideoJob job =
          RehearsedJobs.of(Downloads.Options.DEFAULTS.withFiles(MEDIA), elsewhere, store());
      try (VideoResult result =
          job.run(new Job(name, request), ProgressListener.NONE, JobTrace.NONE)) {
        Files.copy(((Stored.Local) result.stored()).file(), folder.resolve(name));
      }
    }
    try (Stream<Path> inputs = Files.walk(folder.resolve("comfyui/input/jobs"))) {
      return inputs
          .filter(
              path -> path.getParent().getFileName().toString().startsWith(name.replace('.', '_')))
          .filter(path -> path.endsWith("audio.wav"))
          .findFirst()
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @MethodSource("requests")
  void deliversExactlyThePlannedVideo(ObjectNode request) throws Exception {
    Seen seen = new Seen();
    try (VideoResult result = job(store()).run(new Job("job/../1", request), seen, seen)) {
      Path video = ((Stored.Local) result.stored()).file();
      Mp4 measured = Mp4.measure(video);
      GenerationPlan plan = seen.plan;
      assertThat(measured.frames()).isEqualTo(plan.deliveredFrames());
      assertThat(measured.fps()).isCloseTo(plan.fps(), within(0.001));
      assertThat(measured.videoSeconds())
          .isCloseTo((double) plan.deliveredFrames() / plan.fps(), within(0.001));
      assertThat(measured.audioSeconds())
          .isCloseTo(measured.videoSeconds(), within(1024 / 22050.0));

      String bytes = Files.readString(video, StandardCharsets.ISO_8859_1);
      assertThat(bytes.indexOf("moov")).isLessThan(bytes.indexOf("mdat"));
      assertThat(bytes).doesNotContain("canary", "class_type", "CLIPTextEncode", "keyframe-1");

      JsonNode answer = json(result::writeTo);
      assertThat(answer.get("status").asText()).isEqualTo("success");
      JsonNode output = answer.get("output");
      assertThat(names(output)).isEqualTo(shape(plan.mode().label()));
      assertThat(output.get("frames").asInt()).isEqualTo(measured.frames());
      assertThat(output.get("fps").asInt()).isEqualTo(plan.fps());
      assertThat(output.get("video_size_bytes").asLong()).isEqualTo(Files.size(video));
      assertThat(output.get("resolution").asText()).isEqualTo("128x96");
      assertThat(output.get("seed").asLong()).isEqualTo(11);
      assertThat(output.get("duration").asText()).matches("\\d+\\.\\ds");
      assertThat(output.get("video_filename").asText())
          .matches(
              "\\d{8}_\\d{6}_ltx2_"
                  + (plan.mode().multiframe() ? "multiframe" : "output")
                  + "_00001-audio\\.mp4");
      assertThat(names(output.get("details")))
          .containsExactly(
              "warnings",
              "timings",
              "video_duration",
              "guide_frames",
              "attempts",
              "engine",
              "model_set");
      assertThat(names(output.at("/details/timings")))
          .containsExactly("download", "queue", "generate", "mux", "store", "total");
    }
    List<Integer> percents = seen.progress.stream().map(Progress::percent).toList();
    assertThat(percents).isSorted().endsWith(100);
    assertThat(seen.progress).extracting(Progress::stage).contains(Stage.values());
  }

  private static List<String> shape(String mode) {
    List<String> names =
        new ArrayList<>(
            List.of(
                "video_url",
                "gcs_url",
                "video_filename",
                "video_size_bytes",
                "resolution",
                "duration",
                "frames"));
    if (mode.equals("2")) {
      names.add("audio_frames");
    }
    names.addAll(List.of("fps", "seed", "quality_preset"));
    if (!mode.equals("1")) {
      names.add("mode");
    }
    if (mode.startsWith("3")) {
      names.add("keyframes");
    }
    names.addAll(List.of("generation_time", "details"));
    return names;
  }

  @Test
  void theSameJobTwiceGivesTwoGoodFiles() throws Exception {
    VideoJob job = job(store());
    for (int i = 0; i < 2; i++) {
      Seen seen = new Seen();
      try (VideoResult result = job.run(new Job("same", request("3b")), seen, seen)) {
        assertThat(Mp4.measure(((Stored.Local) result.stored()).file()).frames())
            .isEqualTo(seen.plan.deliveredFrames());
      }
    }
  }

  @Test
  void leavesNothingBehindInComfyUi() throws Exception {
    try (VideoResult result =
        job(store()).run(new Job("tidy", request("3a")), ProgressListener.NONE)) {
      assertThat(result.stored()).isInstanceOf(Stored.Local.class);
    }
    assertThatThrownBy(() ->
            job(
                    (id, video, name, _, _) -> {
                      throw new StorageException("GCS upload failed: 403", null);
                    })
                .run(new Job("tidy", request("2")), ProgressListener.NONE))
        .isInstanceOfSatisfying(
            JobFailure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(ErrorCode.STORAGE_FAILED);
              assertThat(failure).hasMessage("GCS upload failed: 403");
            });
    try (Stream<Path> files = Files.walk(folder.resolve("comfyui"))) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void anInlineVideoIsTheFileInBase64() throws Exception {
    try (VideoResult result =
        job((id, video, name, _, _) -> new Stored.Inline(video, "GCS upload failed: 503"))
            .run(new Job("inline", request("1")), ProgressListener.NONE)) {
      JsonNode output = json(result::writeTo).get("output");
      byte[] video = Files.readAllBytes(((Stored.Inline) result.stored()).file());
      assertThat(output.get("video_base64").binaryValue()).isEqualTo(video);
      assertThat(output.get("video_url").isNull()).isTrue();
      assertThat(output.get("gcs_url").isNull()).isTrue();
      assertThat(output.get("gcs_error").asText()).isEqualTo("GCS upload failed: 503");
    }
  }

  /** Before its first byte leaves: that answer is given should this worker die now. */
  @Test
  void theAnswerIsPromisedBeforeTheVideoLeaves() throws Exception {
    Stored.Uploaded there =
        new Stored.Uploaded(
            "https://host/a.mp4", Optional.of("gs://v/a.mp4"), "a.mp4", Optional.empty());
    List<Promise> promises = new CopyOnWriteArrayList<>();
    ProgressListener listener =
        new ProgressListener() {
          @Override
          public void progress(Progress progress) {}

          @Override
          public void promised(Promise promise) {
            promises.add(promise);
          }
        };
    VideoStore store =
        (id, video, name, _, heard) -> {
          heard.begins(there, "the proof");
          return there;
        };
    ObjectNode open = request("2");
    open.remove("seed");
    try (VideoResult result = job(store).run(new Job("promised", open), listener)) {
      assertThat(promises).singleElement().extracting(Promise::proof).isEqualTo("the proof");
      JsonNode promised = json(promises.getFirst().answer()::writeTo);
      JsonNode given = json(result::writeTo);
      assertThat(promised.at("/output/video_url").asText()).isEqualTo("https://host/a.mp4");
      for (String field : names(given.get("output"))) {
        if (!field.equals("details") && !field.equals("generation_time")) {
          assertThat(promised.get("output").get(field)).isEqualTo(given.get("output").get(field));
        }
      }
      assertThat(given.at("/output/details/engine").asText()).isEqualTo("rehearsal");
      assertThat(given.at("/output/seed").asLong())
          .as("drawn where none is given")
          .isEqualTo(GenerationPlan.drawSeed(new Random(1)));
    }
  }

  @Test
  void anInterruptCancels() throws Exception {
    VideoJob job = job(store());
    ProgressListener cancel =
        new ProgressListener() {
          @Override
          public void progress(Progress progress) {
            if (progress.stage() == Stage.QUEUE) {
              Thread.currentThread().interrupt();
            }
          }
        };
    assertThatThrownBy(() -> job.run(new Job("stopped", request("3a")), cancel))
        .isInstanceOf(InterruptedException.class);
    try (VideoResult next = job.run(new Job("next", request("1")), ProgressListener.NONE)) {
      assertThat(next.stored()).isInstanceOf(Stored.Local.class);
    }
  }

  @Test
  void theSecondJobWaitsForTheGpuWithItsInputsInComfyUi() throws Exception {
    VideoJob job = job(store());
    CountDownLatch generating = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    FutureTask<VideoResult> first =
        new FutureTask<>(() ->
            job.run(
                new Job("first", request("3a")),
                new ProgressListener() {
                  @Override
                  public void progress(Progress progress) {
                    if (progress.step() > 0) {
                      generating.countDown();
                      try {
                        enough.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }
                  }
                }));
    Seen seen = new Seen();
    FutureTask<VideoResult> second =
        new FutureTask<>(() -> job.run(new Job("second", request("1")), seen, seen));
    Thread.ofPlatform().start(first);
    generating.await();
    Thread.ofPlatform().start(second);
    Awaitility.await().until(() -> inputsOf("second") == 2);
    assertThat(seen.progress.getLast().stage()).isEqualTo(Stage.QUEUE);
    enough.countDown();
    try (VideoResult one = first.get();
        VideoResult other = second.get()) {
      assertThat(one.stored()).isInstanceOf(Stored.Local.class);
      JsonNode timings = json(other::writeTo).at("/output/details/timings");
      assertThat(timings.get("queue").asDouble()).isPositive();
      assertThat(timings.get("queue").asDouble() + timings.get("generate").asDouble())
          .isLessThan(timings.get("total").asDouble());
    }
  }

  private long inputsOf(String job) throws IOException {
    Path inputs = folder.resolve("comfyui/input/jobs");
    if (!Files.exists(inputs)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(inputs)) {
      return files.filter(Files::isRegularFile).filter(f -> f.toString().contains(job)).count();
    }
  }

  /** A temporary folder that is gone, as after a clean-up of /tmp, hides nothing. */
  @Test
  void cleanUpDoesNotHideTheFailure() throws Exception {
    StorageException kept = new StorageException("kept as /volume/unsent/x.mp4", null);
    VideoStore failing =
        (id, video, name, _, _) -> {
          deleteAll(video.getParent().getParent());
          throw kept;
        };
    assertThatThrownBy(() -> job(failing).run(new Job("x", request("2")), ProgressListener.NONE))
        .isInstanceOf(JobFailure.class)
        .hasMessage(kept.getMessage())
        .hasCause(kept)
        .extracting("code")
        .isEqualTo(ErrorCode.STORAGE_FAILED);
  }

  @Test
  void cleanUpDoesNotHideTheAnswer() throws Exception {
    List<Path> videos = new CopyOnWriteArrayList<>();
    JobTrace trace =
        new JobTrace() {
          @Override
          public void delivered(GenerationPlan plan, Inputs inputs, Path video) {
            videos.add(video);
          }
        };
    try (VideoResult result =
        job(store()).run(new Job("x", request("2")), ProgressListener.NONE, trace)) {
      deleteAll(videos.getFirst().getParent().getParent());
      assertThat(result.stored()).isInstanceOf(Stored.Local.class);
    }
  }

  private static void deleteAll(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void audioThatIsTooShortIsTheRequestsFault() throws Exception {
    Path half = folder.resolve("half.flac");
    AudioWriter.flac(half, new float[8000], 16_000);
    assertThatThrownBy(() ->
            job(store())
                .run(
                    new Job("short", request("1").put("audio_url", half.toString())),
                    ProgressListener.NONE))
        .isInstanceOfSatisfying(
            JobFailure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_INPUT);
              assertThat(failure.getMessage()).startsWith("Duration must be at least 1 second");
            });
  }

  private JobFailure refusalOf(Path audio) throws Exception {
    Seen seen = new Seen();
    JobFailure failure =
        catchThrowableOfType(
            JobFailure.class,
            () ->
                job(store())
                    .run(new Job("bad", request("1").put("audio_url", audio.toString())), seen));
    assertThat(failure).isNotNull();
    assertThat(seen.progress)
        .extracting(Progress::stage)
        .as("refused before the GPU")
        .doesNotContain(Stage.GENERATE);
    return failure;
  }

  /** A WAV of 32-bit floats in {@code channels}, each sample given by its index. */
  private Path floats(int channels, IntToDoubleFunction sample) throws IOException {
    int count = 2 * 8000 * channels;
    ByteBuffer bytes = ByteBuffer.allocate(44 + 4 * count).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 4 * count);
    bytes.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) 3);
    bytes.putShort((short) channels).putInt(8000).putInt(8000 * 4 * channels);
    bytes.putShort((short) (4 * channels)).putShort((short) 32);
    bytes.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(4 * count);
    for (int i = 0; i < count; i++) {
      bytes.putFloat((float) sample.applyAsDouble(i));
    }
    return Files.write(Files.createTempFile(folder, "floats", ".wav"), bytes.array());
  }

  @Test
  void audioOfTooManyChannelsIsTheRequestsFault() throws Exception {
    JobFailure failure = refusalOf(floats(32, i -> 0.1));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure)
        .hasMessage("audio_url: The audio file has 32 channels, at most 8 are accepted");
  }

  @Test
  void audioThatCannotBeDecodedIsTheRequestsFault() throws Exception {
    byte[] noise = Files.readAllBytes(MEDIA.resolve("tone-opus.ogg"));
    Arrays.fill(noise, 200, noise.length, (byte) 0x55);
    JobFailure failure = refusalOf(Files.write(folder.resolve("noise.ogg"), noise));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_INPUT);
    assertThat(failure).hasMessageStartingWith("audio_url: The audio file ");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 1e30, -1e30})
  void samplesThatAreNoAudioDoNotCostTheGeneration(double value) throws Exception {
    Path audio = floats(1, i -> i % 100 == 7 ? value : 0.5 * Math.sin(i / 5.0));
    try (VideoResult result =
        job(store())
            .run(
                new Job("odd", request("1").put("audio_url", audio.toString())),
                ProgressListener.NONE)) {
      Mp4 video = Mp4.measure(((Stored.Local) result.stored()).file());
      assertThat(video.audioSeconds()).isCloseTo(video.videoSeconds(), within(1024 / 22050.0));
    }
  }

  /** As speech services return them: MP3 by MP3, each with its tags, of other channels. */
  @Test
  void comfyUiHearsPcmWhateverTheClientSent() throws Exception {
    Path joined = folder.resolve("joined.mp3");
    Files.write(joined, Files.readAllBytes(MEDIA.resolve("tone-cbr.mp3")));
    Files.write(
        joined, Files.readAllBytes(MEDIA.resolve("tone-cover.mp3")), StandardOpenOption.APPEND);
    List<byte[]> heard = new CopyOnWriteArrayList<>();
    ProgressListener looks =
        new ProgressListener() {
          @Override
          public void progress(Progress progress) {
            if (progress.stage() == Stage.GENERATE && heard.isEmpty()) {
              heard.add(heardBy("joined"));
            }
          }
        };
    try (VideoResult result =
        job(store())
            .run(new Job("joined", request("1").put("audio_url", joined.toString())), looks)) {
      assertThat(json(result::writeTo).at("/output/duration").asText()).isEqualTo("2.6s");
    }
    Path wav = Files.write(folder.resolve("heard.wav"), heard.getFirst());
    AudioFile measured = AudioFile.measure(wav);
    assertThat(measured).isEqualTo(new AudioFile(measured.seconds(), 44_100, 2, "pcm_s16le"));
    assertThat(measured.seconds()).isCloseTo(2.6, within(0.06));
  }

  private byte[] heardBy(String job) {
    try (Stream<Path> files = Files.walk(folder.resolve("comfyui/input/jobs"))) {
      return Files.readAllBytes(
          files
              .filter(f -> f.toString().matches(".*" + job + ".*/audio\\.wav"))
              .findAny()
              .orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Written {
    void writeTo(JsonGenerator out) throws IOException;
  }

  private static JsonNode json(Written answer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator generator = JSON.createGenerator(bytes)) {
      answer.writeTo(generator);
    }
    return JSON.readTree(bytes.toByteArray());
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
