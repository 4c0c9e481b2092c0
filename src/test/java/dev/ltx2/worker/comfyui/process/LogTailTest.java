package dev.ltx2.worker.comfyui.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.PromptRedactor;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogTailTest {
  private static List<String> read(String text) {
    LogTail tail = new LogTail(new PromptRedactor());
    tail.pump(new ByteArrayInputStream(text.getBytes(ISO_8859_1)));
    return tail.last(LogTail.KEPT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "one\ntwo\n|one,two",
        "one\r\n\r\n\ntwo|one,two",
        " 0%\r 50%\r100%\nend|100%,end",
        "50%\r|50%",
        "\u001b[33mWARNING\u001b[0m: low|WARNING: low",
        "a\tb\u0000c\u0007|abc",
        "bad \u00ff\u00fe bytes|bad \ufffd\ufffd bytes",
      })
  void readsLines(String textAndLines) {
    String[] both = textAndLines.split("\\|", 2);
    assertThat(read(both[0])).containsExactly(both[1].split(",", -1));
  }

  @Test
  void keepsTheLastLines() {
    String text =
        IntStream.range(0, 1000).mapToObj(i -> "line " + i).collect(Collectors.joining("\n"));
    assertThat(read(text)).hasSize(200).startsWith("line 800").endsWith("line 999");
    LogTail tail = new LogTail(new PromptRedactor());
    tail.pump(new ByteArrayInputStream("a\nb\nc".getBytes(ISO_8859_1)));
    assertThat(tail.last(2)).containsExactly("b", "c");
    assertThat(tail.last(20)).containsExactly("a", "b", "c");
  }

  @Test
  void cutsLongLines() {
    assertThat(read("x".repeat(5_000_000) + "\nnext"))
        .containsExactly("x".repeat(1000) + '…', "next");
  }
}
