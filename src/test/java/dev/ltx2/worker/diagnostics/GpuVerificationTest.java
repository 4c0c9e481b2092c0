package dev.ltx2.worker.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.process.GpuProbe;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.fakes.FakeNvidiaSmi;
import dev.ltx2.worker.fakes.RehearsedJobs;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.pipeline.VideoJob;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The figures of a GPU, rehearsed: real jobs, and a real process in nvidia-smi's place. */
@Timeout(60)
class GpuVerificationTest {
  @TempDir private Path dir;
  private final List<String> lines = new ArrayList<>();

  private JsonNode run(GpuTrials trials, InjectedFault... faults) throws Exception {
    Path inputs = Files.createDirectories(dir.resolve("inputs"));
    Path smi = FakeNvidiaSmi.gpu(dir.resolve("bin"), "570.86.10", "12.8", 24564, 19321);
    Path folder = dir.resolve("comfyui");
    try (Rehearsal rehearsal = LtxRehearsal.start(folder, InjectedFaults.of(faults), Clock.SYSTEM);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.of(folder), Clock.SYSTEM)) {
      VideoJob job =
          RehearsedJobs.of(
              Downloads.Options.DEFAULTS.withFiles(inputs), comfyUi, RehearsedJobs.UNMOVED);
      return new GpuVerification(job, comfyUi, GpuProbe.on(smi.toString()), inputs, lines::add)
          .run(trials);
    }
  }

  private static GpuTrials small(List<String> limits, List<Double> seconds) {
    return new GpuTrials(List.of("96x64"), List.of("fast", "ultra"), 1, limits, seconds);
  }

  @Test
  void everyModeInEveryPreset() throws Exception {
    JsonNode record = run(small(List.of("64x64"), List.of(1.0, 2.0)));
    assertThat(record.at("/gpu/name").asText()).isEqualTo("NVIDIA GeForce RTX 4090");
    assertThat(record.at("/gpu/driver").asText()).isEqualTo("570.86.10");
    assertThat(record.at("/gpu/cuda").asText()).isEqualTo("12.8");
    assertThat(record.at("/versions/comfyui").asText()).isEqualTo("0.33.0");
    assertThat(record.path("videos"))
        .extracting(video -> video.path("mode").asText() + " " + video.path("preset").asText())
        .containsExactly(
            "1 fast", "2 fast", "3a fast", "3b fast", "1 ultra", "2 ultra", "3a ultra", "3b ultra");
    assertThat(record.path("videos"))
        .allSatisfy(video -> {
          assertThat(video.path("resolution").asText()).isEqualTo("96x64");
          assertThat(video.path("frames").asInt()).isEqualTo(61);
          assertThat(video.path("vram_peak_mib").asLong()).isEqualTo(19321);
          assertThat(video.path("host_peak_mb").asLong()).isPositive();
          assertThat(video.at("/timings/generate").asDouble()).isPositive();
          assertThat(video.path("engine").asText()).isEqualTo("rehearsal");
        });
    assertThat(record.path("limits").get(0).path("longest_seconds").asDouble()).isEqualTo(2);
    assertThat(lines.getFirst())
        .isEqualTo("NVIDIA GeForce RTX 4090, driver 570.86.10, CUDA 12.8, 24564 MiB");
    assertThat(lines).filteredOn(line -> line.contains("96x64")).hasSize(8);
    assertThat(lines.get(3)).startsWith("1     96x64      fast        1.0      61  ");
  }

  /** A video that does not fit is a figure too, and the rest goes on. */
  @Test
  void theBorderOfTheMemory() throws Exception {
    GpuTrials trials =
        new GpuTrials(List.of(), List.of(), 1, List.of("64x64", "96x96"), List.of(1.0, 2.0, 3.0));
    JsonNode record = run(trials, new InjectedFault.OutOfMemory("VAEDecodeTiled", 2));
    JsonNode first = record.path("limits").get(0);
    assertThat(first.path("longest_seconds").isNull()).isTrue();
    assertThat(first.path("out_of_memory_at_seconds").asDouble()).isEqualTo(1);
    JsonNode second = record.path("limits").get(1);
    assertThat(second.path("longest_seconds").asDouble()).isEqualTo(3);
    assertThat(second.path("vram_peak_mib").asLong()).isEqualTo(19321);
    assertThat(lines).anyMatch(line -> line.contains("OUT_OF_MEMORY: "));
  }
}
