package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.fakes.FakeS3;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A large video goes through a small heap: nowhere is it in memory as a whole. */
class BigUploadTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"bucket", "output_url"})
  void aHeapOf64MegabytesSends200(String way) throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      // The second half of what was sent is lost, so it is read again
      s3.fail("PUT", new FakeS3.Fault.ResetAfter(BigUpload.SIZE / 2));
      Process process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-Xmx64m",
                      "-XX:+UseSerialGC",
                      "-cp",
                      System.getProperty("java.class.path"),
                      BigUpload.class.getName(),
                      way,
                      s3.url().toString(),
                      temp.resolve("big.mp4").toString()))
              .redirectErrorStream(true)
              .redirectOutput(temp.resolve("log").toFile())
              .start();
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("see %s", temp.resolve("log")).isZero();
      assertThat(s3.objects().values())
          .singleElement()
          .satisfies(there -> assertThat(there.size()).isEqualTo(BigUpload.SIZE));
    }
  }
}
