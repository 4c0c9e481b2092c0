package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryFlagsTest {
  private static final long GB = 1_000_000_000;

  @TempDir Path dir;

  @BeforeEach
  void checkout() throws IOException {
    knows("cache_group.add_argument(\"--cache-classic\")\n(\"--disable-pinned-memory\")");
  }

  private void knows(String arguments) throws IOException {
    Files.createDirectories(dir.resolve("comfy"));
    Files.writeString(dir.resolve("comfy/cli_args.py"), arguments);
  }

  private MemoryFlags flags(long bytes, String args) {
    return MemoryFlags.of(new MemoryLimit(OptionalLong.of(bytes), 1000 * GB), dir, args);
  }

  @Test
  void withoutALimitComfyUiDecides() {
    MemoryLimit none = new MemoryLimit(OptionalLong.empty(), 1000 * GB);
    assertThat(MemoryFlags.of(none, dir, "").words()).isEmpty();
    assertThat(MemoryFlags.of(none, dir, "").reason())
        .isEqualTo("no limit below the machine's memory");
  }

  @Test
  void pinnedWeightsNeedRoom() {
    assertThat(flags(80 * GB, "").words()).containsExactly("--cache-classic");
    assertThat(flags(80 * GB - 1, "").words())
        .containsExactly("--cache-classic", "--disable-pinned-memory");
    assertThat(flags(80 * GB, "").reason())
        .isEqualTo("80.0 GB of the machine's 1000.0 GB: ComfyUI is started with --cache-classic");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cache-ram 20 60 | --disable-pinned-memory",
        "--cache-ram=20 | --disable-pinned-memory",
        "'--lowvram --cache-lru 30' | --disable-pinned-memory",
        "--cache-none | --disable-pinned-memory",
        "--cache-n | --disable-pinned-memory",
        "--cache-classic | --disable-pinned-memory",
        "--high-ram | ''",
        "--disable-pinned-memory | --cache-classic",
        "--disable-pin | --cache-classic",
        "'--disable-pinned-memory --cache-lru 5' | ''",
        "--lowvram | --cache-classic --disable-pinned-memory",
        "'--extra \"--cache-none is text\"' | --cache-classic --disable-pinned-memory",
        "--disable-smart-memory | --cache-classic --disable-pinned-memory",
        "'\"not closed' | --cache-classic --disable-pinned-memory"
      })
  void whatTheUserSaysStands(String args, String added) {
    List<String> expected = added.isEmpty() ? List.of() : Arrays.asList(added.split(" "));
    assertThat(flags(16 * GB, args).words()).isEqualTo(expected);
  }

  @Test
  void theUsersChoiceIsNamed() {
    assertThat(flags(16 * GB, "--cache-lru 5").reason())
        .isEqualTo(
            "16.0 GB of the machine's 1000.0 GB: ComfyUI is started with --disable-pinned-memory;"
                + " COMFYUI_ARGS has --cache-lru");
  }

  @Test
  void anOlderComfyUiGetsNothingThatItDoesNotKnow() throws IOException {
    knows("add_argument(\"--cache-classic\")");
    assertThat(flags(16 * GB, "").words()).containsExactly("--cache-classic");
    assertThat(flags(16 * GB, "").reason()).endsWith("this ComfyUI has no --disable-pinned-memory");
    Files.delete(dir.resolve("comfy/cli_args.py"));
    assertThat(flags(16 * GB, "").words()).isEmpty();
  }
}
