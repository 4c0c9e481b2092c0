package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.process.GpuProbe.Found;
import dev.ltx2.worker.comfyui.process.GpuProbe.Gpu;
import dev.ltx2.worker.fakes.FakeNvidiaSmi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class GpuCheckTest {
  private static final long MODEL = 27_000_000_000L;

  @TempDir private Path dir;

  private Found found(Path folder) throws Exception {
    return GpuProbe.on("/nowhere:" + folder).find();
  }

  @Test
  void readsWhatTheDriverSays() throws Exception {
    Path folder = FakeNvidiaSmi.gpu(dir, "570.86.10", "12.8", 24564, 410);
    assertThat(found(folder))
        .isEqualTo(
            new Found.Gpus(
                List.of(new Gpu("NVIDIA GeForce RTX 4090", "570.86.10", 24564, 24154, 410)),
                Optional.of("12.8")));
    assertThat(GpuProbe.on(folder.toString()).used()).contains(410L);
  }

  /** Before driver 550 or so there is no --version; its head has it. */
  @Test
  void readsTheTableOfAnOlderOne() throws Exception {
    Path folder =
        FakeNvidiaSmi.script(
            dir,
            """
            case "$1" in
            --query*) echo 'Tesla T4, 535.54.03, 15360, 15000, 360'; echo 'Tesla T4, 535.54.03, 15360, 100, 15260' ;;
            --version) echo 'Invalid option' ; exit 6 ;;
            *) echo '| NVIDIA-SMI 535.54.03   Driver Version: 535.54.03    CUDA Version: 12.2     |' ;;
            esac
            """);
    assertThat(found(folder))
        .isInstanceOfSatisfying(
            Found.Gpus.class,
            gpus -> {
              assertThat(gpus.gpus()).hasSize(2);
              assertThat(gpus.cuda()).contains("12.2");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo 'No devices were found'; exit 6 | nvidia-smi: No devices were found",
        "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18"
            + " | nvidia-smi: Failed to initialize NVML: Driver/library version mismatch",
        "exit 9 | nvidia-smi: exit code 9",
        "echo 'NVIDIA H100, 570, [N/A], [N/A], [N/A]' | nvidia-smi: NVIDIA H100, 570, [N/A]"
      })
  void aGpuThatCannotBeReached(String commands, String reason) throws Exception {
    Found found = found(FakeNvidiaSmi.script(dir, commands + "\n"));
    assertThat(found)
        .isInstanceOfSatisfying(
            Found.Unusable.class, gone -> assertThat(gone.reason()).startsWith(reason));
    GpuCheck check = GpuCheck.of(found, Optional.of("12.8"), MODEL);
    assertThat(check.fault().orElseThrow())
        .startsWith(reason)
        .endsWith("given to the container (docker run --gpus all)");
  }

  @Test
  void withoutTheProgramNothingIsSaid() throws Exception {
    assertThat(found(dir)).isEqualTo(new Found.Unknown());
    assertThat(GpuCheck.of(new Found.Unknown(), Optional.of("12.8"), MODEL).fault()).isEmpty();
  }

  private static GpuCheck check(String cuda, String wheels, long free) {
    Gpu gpu = new Gpu("RTX 4090", "550.54", 24000, free, 24000 - free);
    return GpuCheck.of(new Found.Gpus(List.of(gpu), Optional.of(cuda)), Optional.of(wheels), MODEL);
  }

  @Test
  void comparesTheDriverWithTheWheels() {
    assertThat(check("12.8", "12.8", 23500).fault()).isEmpty();
    assertThat(check("13.1", "12.8", 23500).fault()).isEmpty();
    assertThat(check("12.4", "13.0", 23500).fault())
        .contains(
            "driver 550.54 knows CUDA 12.4, ComfyUI's torch is built for 13.0: take an image of"
                + " CUDA 12, or machines with CUDA 13.0 or newer (the endpoint's CUDA versions)");
    GpuCheck older = check("12.4", "12.8", 23500);
    assertThat(older.fault()).isEmpty();
    assertThat(older.notes())
        .contains(
            "driver 550.54 knows CUDA 12.4 only, torch is built for 12.8: GPUs that are newer than"
                + " the driver may lack kernels");
  }

  @Test
  void memoryThatSomethingElseHas() {
    assertThat(check("12.8", "12.8", 9000).fault())
        .contains(
            "15000 of the GPU's 24000 MiB are in use by something else: end it, or choose another"
                + " GPU");
    assertThat(check("12.8", "12.8", 23500).notes())
        .contains(
            "RTX 4090, driver 550.54, CUDA 12.8, 23500 of 24000 MiB free",
            "the largest model file has 27.0 GB: a part of it waits in the host's memory");
  }

  /** It is read from the file, since importing torch takes seconds. */
  @Test
  void findsTheWheelsVersion() throws Exception {
    Path torch = Files.createDirectories(dir.resolve("torch"));
    Files.writeString(
        torch.resolve("version.py"), "__version__ = '2.8.0+cu128'\ncuda: Optional[str] = '12.8'\n");
    Path python = dir.resolve("python");
    Files.writeString(python, "#!/bin/sh\necho '" + torch + "'\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    assertThat(GpuCheck.wheels(python.toString())).contains("12.8");
    assertThat(GpuCheck.wheels("no-such-python")).isEmpty();
    Files.writeString(torch.resolve("version.py"), "cuda: Optional[str] = None\n");
    assertThat(GpuCheck.wheels(python.toString())).isEmpty();
  }
}
