package dev.ltx2.worker.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void textAndFileHaveTheStandardsDigest(@TempDir Path folder) throws Exception {
    AtomicLong told = new AtomicLong();
    Path file = Files.writeString(folder.resolve("abc"), "abc");

    assertThat(Digests.sha256("abc")).isEqualTo(ABC);
    assertThat(Digests.sha256(file, told::addAndGet)).isEqualTo(ABC);
    assertThat(told).hasValue(3);
  }
}
