package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import okio.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder for people does not fill a volume. */
class RefusedAnswersTest {
  @TempDir private Path temp;

  private static Path add(RefusedAnswers refused, String id, int minute) throws IOException {
    Path file = refused.add(id, new EncodedAnswer.InMemory(ByteString.encodeUtf8("x".repeat(40))));
    Files.setLastModifiedTime(
        file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(60L * minute)));
    return file;
  }

  @Test
  void theOldestGoFirstAndTheNewestNever() throws Exception {
    RefusedAnswers refused = new RefusedAnswers(temp, 100);
    Path first = add(refused, "b", 1);
    Path second = add(refused, "a", 2);
    Path third = add(refused, "a", 3);
    assertThat(third).hasFileName("a~2.json");
    assertThat(first).doesNotExist();
    assertThat(second).exists();
    Path fourth = add(new RefusedAnswers(temp, 10), "c", 4);
    assertThat(temp.toFile().listFiles()).containsExactly(fourth.toFile());
  }

  /** A person may have made a folder there. */
  @Test
  void onlyFilesGo() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("mine"));
    add(new RefusedAnswers(temp, 1), "a", 1);
    add(new RefusedAnswers(temp, 1), "b", 2);
    assertThat(folder).exists();
  }
}
