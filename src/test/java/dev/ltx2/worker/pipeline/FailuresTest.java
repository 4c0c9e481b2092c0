package dev.ltx2.worker.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.DiskFullException;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.fakes.SmallDisk;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Mp4;
import dev.ltx2.worker.media.VideoFormatException;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import dev.ltx2.worker.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in ComfyUI, as the client reads it. */
class FailuresTest {
  @TempDir private Path temp;

  @Test
  void aGraphThatComfyUiRefuses() throws Exception {
    JobFailure failure = run(edited("VAEDecodeTiled", "NoSuchNode"), InjectedFaults.none(), 60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GRAPH_REJECTED);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure)
        .hasMessageContaining("decoded")
        .hasMessageContaining("node type NoSuchNode");
  }

  /** Trying again would make, and cost, the same. */
  private static void assertIsFinal(JobFailure failure, String message) {
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasMessage(message);
  }

  @Test
  void aVideoThatIsTooShort() throws Exception {
    JobFailure failure =
        run(
            edited("\"bind\": {\"length\": \"delivered_frames\"}", "\"bind\": {}"),
            InjectedFaults.none(),
            60_000);
    assertIsFinal(
        failure,
        "The generated video has 5 frames, 31 are needed: the workflow audio-gen.json must make"
            + " as many");
  }

  @Test
  void aVideoThatNotEveryPlayerShows() {
    Path video = Path.of("test-fixtures/media/video-hevc.mp4");
    VideoFormatException refused =
        catchThrowableOfType(
            VideoFormatException.class,
            () -> Mp4.deliver(video, null, 2, temp.resolve("film.mp4")));
    JobFailure failure = Failures.of(Failures.ofFormat(refused, "audio-gen.json"));
    assertIsFinal(
        failure,
        "The generated video is hevc, yuv420p; only H.264 of 8-bit 4:2:0 (h264, yuv420p) is"
            + " delivered: the workflow audio-gen.json must save it so");
  }

  @Test
  void aVideoAtAnotherSpeed() throws Exception {
    JobFailure failure =
        run(
            edited("\"bind\": {\"fps\": \"fps\"}", "\"bind\": {\"fps\": \"steps\"}"),
            InjectedFaults.none(),
            60_000);
    assertIsFinal(
        failure,
        "ComfyUI made a video of 128x96 at 8.00 fps where 128x96 at 23 fps was planned: the"
            + " workflow audio-gen.json must make it so");
  }

  @Test
  void aVideoOfAnotherSize() throws Exception {
    JobFailure failure =
        run(
            edited("\"bind\": {\"width\": \"width\"", "\"bind\": {\"width\": \"height\""),
            InjectedFaults.none(),
            60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_FAILED);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure)
        .hasMessageStartingWith("ComfyUI made a video of 96x96 ")
        .hasMessageContaining("where 128x96 ");
  }

  @Test
  void aGenerationThatTakesTooLong() throws Exception {
    JobFailure failure =
        run(
            Path.of("workflows/ltx-2"),
            InjectedFaults.of(new InjectedFault.SlowSteps(Duration.ofMillis(300))),
            1_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GENERATION_TIMEOUT);
    assertThat(failure.retryable()).isTrue();
    assertThat(failure).hasMessage("Generation timeout: no result within 1 s");
  }

  @Test
  void aGpuThatFails() throws Exception {
    JobFailure failure =
        run(
            Path.of("workflows/ltx-2"),
            InjectedFaults.of(new InjectedFault.CudaFault("sampled")),
            60_000);
    assertThat(failure.code()).isEqualTo(ErrorCode.GPU_FAULT);
    assertThat(failure.refreshWorker()).isTrue();
  }

  /** Every file that a job writes lies in the folder of temporary files. */
  @Test
  void aFullDisk() throws Exception {
    String before = System.getProperty("java.io.tmpdir");
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 1)) {
      System.setProperty("java.io.tmpdir", disk.folder().toString());
      Files.delete(disk.fill());
      Files.write(disk.folder().resolve("filler"), new byte[1_000_000]);
      JobFailure failure = run(Path.of("workflows/ltx-2"), InjectedFaults.of(), 60_000);
      assertThat(failure.code()).isEqualTo(ErrorCode.DISK_FULL);
      assertThat(failure.retryable()).isTrue();
      assertThat(failure.getMessage())
          .matches(
              "The worker's disk is full: 0\\.\\d MB are left in %s, a job may need 1\\.0 GB"
                  .formatted(disk.folder()));
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  @Test
  void aFullDiskUnderFfmpeg() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 1)) {
      disk.fill();
      Path video = Path.of("test-fixtures/media/video-bframes3.mp4");
      MediaException thrown =
          catchThrowableOfType(
              MediaException.class,
              () -> Mp4.deliver(video, null, 24, disk.folder().resolve("a.mp4")));
      assertThat(Failures.of(thrown).code()).isEqualTo(ErrorCode.DISK_FULL);
    }
  }

  @Test
  void aFullKeepFolderNamesItself() {
    DiskFullException full =
        new DiskFullException(Path.of("/keep"), 33_000_000, OptionalLong.of(0));
    JobFailure failure = Failures.of(new StorageException("not kept: " + full.getMessage(), full));
    assertThat(failure.code()).isEqualTo(ErrorCode.DISK_FULL);
    assertThat(failure)
        .hasMessage(
            "not kept: no space left on the disk: 33.0 MB are needed, 0.0 MB are left in /keep");
  }

  private JobFailure run(Path workflows, InjectedFaults faults, int timeoutMillis)
      throws Exception {
    Path folder = temp.resolve("comfyui");
    try (Rehearsal rehearsal = LtxRehearsal.start(folder, faults, Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      VideoJob job =
          RehearsedJobs.of(
              Downloads.Options.DEFAULTS.withFiles(Path.of("test-fixtures/media").toAbsolutePath()),
              RehearsedJobs.generator(workflows, comfyUi, Duration.ofMillis(timeoutMillis)),
              RehearsedJobs.UNMOVED);
      String request =
          "{\"image_url\":\"portrait.jpg\",\"duration\":1.3,\"buffer_seconds\":0,\"fps\":23,"
              + "\"width\":128,\"height\":96,\"steps\":8}";
      return catchThrowableOfType(
          JobFailure.class,
          () ->
              job.run(
                  new Job("fails", new ObjectMapper().readTree(request)), ProgressListener.NONE));
    }
  }

  /** The workflows, with one thing changed in that of mode 2. */
  private Path edited(String what, String instead) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("workflows"));
    for (String name :
        new String[] {
          "set", "lipsync", "audio-gen", "multiframe-lipsync", "multiframe-audio-gen"
        }) {
      String file = name + ".json";
      String text = Files.readString(Path.of("workflows/ltx-2", file));
      if (name.equals("audio-gen")) {
        assertThat(text).contains(what);
        text = text.replace(what, instead).replace("\"length\": 181", "\"length\": 5");
      }
      Files.writeString(folder.resolve(file), text);
    }
    return folder;
  }
}
