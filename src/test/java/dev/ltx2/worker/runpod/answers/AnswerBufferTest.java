package dev.ltx2.worker.runpod.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small answers need no disk, big ones no memory, and where there is no disk they are counted. */
class AnswerBufferTest {
  /** What stands around a text in JSON. */
  private static final int QUOTES = 2;

  @TempDir Path temp;

  private static AnswerBody text(int length) {
    return out -> out.writeString("v".repeat(length - QUOTES));
  }

  private static byte[] content(EncodedAnswer answer) throws IOException {
    try (var in = answer.open()) {
      return in.readAllBytes();
    }
  }

  private String[] files() {
    return temp.toFile().list();
  }

  @Test
  void aMebibyteStaysInMemoryAndMoreGoesToDisk() throws Exception {
    try (KeptAnswers kept = new KeptAnswers(temp, Clock.SYSTEM)) {
      AnswerBuffer.Result small = AnswerBuffer.encode("job", text(AnswerBuffer.MEMORY), kept);
      assertThat(small.answer()).isInstanceOf(EncodedAnswer.InMemory.class);
      assertThat(small.answer().bytes()).isEqualTo(1 << 20);
      assertThat(small.kept()).isEmpty();
      assertThat(files()).isEmpty();

      AnswerBuffer.Result big = AnswerBuffer.encode("job", text(AnswerBuffer.MEMORY + 1), kept);
      assertThat(big.answer())
          .isEqualTo(new EncodedAnswer.OnDisk(temp.resolve("job.json"), (1 << 20) + 1));
      assertThat(big.kept().orElseThrow().file()).hasSize((1 << 20) + 1);
      assertThat(content(big.answer())).startsWith('"', 'v').endsWith('v', '"');
    }
  }

  /** Nothing of it stays, not even its lease. */
  @Test
  void aBodyThatFailsHalfWayLeavesNothing() {
    try (KeptAnswers kept = new KeptAnswers(temp, Clock.SYSTEM)) {
      AnswerBody broken =
          out -> {
            out.writeStartArray();
            out.writeString("v".repeat(2 << 20));
            out.flush();
            throw new IOException("the video is gone");
          };
      assertThatThrownBy(() -> AnswerBuffer.encode("job", broken, kept))
          .hasMessage("the video is gone");
      assertThat(files()).isEmpty();
    }
  }

  @Test
  void withoutADiskItIsMadeAnewEveryTime() throws Exception {
    Path nowhere = Files.createFile(temp.resolve("file")).resolve("answers");
    try (KeptAnswers kept = new KeptAnswers(nowhere, Clock.SYSTEM)) {
      AnswerBuffer.Result result = AnswerBuffer.encode("job", text(3 << 20), kept);
      assertThat(result.answer()).isInstanceOf(EncodedAnswer.Remade.class);
      assertThat(result.answer().bytes()).isEqualTo(3 << 20);
      assertThat(result.kept()).isEmpty();
      assertThat(content(result.answer())).hasSize(3 << 20).isEqualTo(content(result.answer()));
    }
  }
}
