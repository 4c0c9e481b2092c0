package dev.ltx2.worker.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VerificationTest {
  private static final InjectedFault SLOW = new InjectedFault.SlowSteps(Duration.ofMillis(20));

  @TempDir Path dir;

  private Map<String, List<String>> differences(Path folder, String only, InjectedFault... faults)
      throws Exception {
    Map<String, List<String>> found = new LinkedHashMap<>();
    try (Rehearsal rehearsal = LtxRehearsal.start(dir, InjectedFaults.of(faults), Clock.SYSTEM);
        TempFolder work = TempFolder.create();
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.empty(), Clock.SYSTEM)) {
      Verification verification =
          new Verification(
              comfyUi, Workflows.load(folder), work, Duration.ofMinutes(1), Duration.ofSeconds(3));
      for (Verification.Expectation expectation : verification.expectations()) {
        if (expectation.name().contains(only)) {
          found.put(expectation.name(), verification.run(expectation));
        }
      }
    }
    return found;
  }

  @Test
  void theRehearsalBehavesAsExpected() throws Exception {
    Map<String, List<String>> found = differences(Path.of("workflows/ltx-2"), "", SLOW);
    assertThat(found).hasSize(10);
    assertThat(found.values()).allSatisfy(list -> assertThat(list).isEmpty());
  }

  @Test
  void anIgnoredInterruptIsADifference() throws Exception {
    var found =
        differences(
            Path.of("workflows/ltx-2"), "an interrupt", SLOW, new InjectedFault.IgnoreInterrupt());
    assertThat(found.values()).containsExactly(List.of("it still ran 3 s after its interrupt"));
  }

  @Test
  void framesThatAreNotCroppedAreADifference() throws Exception {
    Path folder = Files.createDirectory(dir.resolve("workflows"));
    for (String name : new String[] {"set", "lipsync", "audio-gen", "multiframe-lipsync"}) {
      Files.copy(Path.of("workflows/ltx-2", name + ".json"), folder.resolve(name + ".json"));
    }
    String text = Files.readString(Path.of("workflows/ltx-2/multiframe-audio-gen.json"));
    Files.writeString(
        folder.resolve("multiframe-audio-gen.json"),
        text.replace("\"delivered_frames\"", "\"length\""));
    var found = differences(folder, "mode 3b");
    assertThat(found.values()).containsExactly(List.of("frames: 25, expected 20"));
  }
}
