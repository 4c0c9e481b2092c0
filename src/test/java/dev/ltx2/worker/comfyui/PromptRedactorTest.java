package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptRedactorTest {
  private static final String PROMPT =
      "A (grey:1.3) heron, \"Größe\" 2 m,\nred cat\nstands in the reeds embedding:wishes \\n 苍鹭站在水边";

  private static PromptRedactor knowing(String... texts) {
    PromptRedactor redactor = new PromptRedactor();
    redactor.register(List.of(texts));
    return redactor;
  }

  /** What ComfyUI v0.33.0 was seen to print with a text in the wrong input, and worse. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          invalid literal for int() with base 10: 'A (grey:1.3) heron, "Größe" 2 m,\\nred cat' | invalid literal for int() with base 10: '[…]'
          Failed to convert: noise_seed, A (grey:1.3) heron, "Größe" 2 m,      | Failed to convert: noise_seed, […],
          red cat                                                            | […]
          {"text": "gr\\u00f6\\u00DFe 2 m"}                                    | {"text": "[…]"}
          {"text": "A (grey:1.3) heron, \\"Gr\\xf6\\xdfe\\""}                    | {"text": "[…]\\""}
          warning, embedding:wishes does not exist, ignoring                 | warning, […] does not exist, ignoring
          STANDS IN THE                                                      | […]
          stands_in-the.reeds.png                                            | […].png
          the text 鹭站在 was cut                                             | the text […] was cut
          loaded completely;  2.96 MB loaded, full load: True                | loaded completely;  2.96 MB loaded, full load: True
          CUDA out of memory in the decoder                                  | CUDA out of memory in the decoder
          """)
  void coversWhatTheClientWrote(String line, String shown) {
    assertThat(knowing(PROMPT, "ugly").redact(line)).isEqualTo(shown);
  }

  @Test
  void shortTextsAreCoveredWhole() {
    assertThat(knowing("ugly").redact("'ugly' is no number")).isEqualTo("'[…]' is no number");
    assertThat(knowing("a", "", "?!").redact("a line?!")).isEqualTo("a line?!");
    assertThat(new PromptRedactor().redact("a line")).isEqualTo("a line");
  }

  @Test
  void oldTextsAreForgotten() {
    PromptRedactor redactor = knowing("the first text of all");
    for (int i = 1; i < PromptRedactor.REMEMBERED; i++) {
      redactor.register(List.of("text number " + i));
    }
    assertThat(redactor.redact("the first text of all")).isEqualTo(PromptRedactor.COVER);
    redactor.register(List.of("one more"));
    assertThat(redactor.redact("the first text of all")).isEqualTo("the first text of all");
  }

  /** Whatever part of a long text stands in a line, at most seven letters of it are seen. */
  @Test
  void anyPartOfALongTextIsCovered() {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      text.appendCodePoint("abcdefghijklmnopqrstuvwxyz  ,\n'é苍".codePointAt(random.nextInt(33)));
    }
    PromptRedactor redactor = knowing(text.toString());
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(text.length() - 200);
      String part = text.substring(from, from + 20 + random.nextInt(180));
      assertThat(redactor.redact("0<" + part + ">1").replaceAll("[^\\p{L}]", "")).isEmpty();
    }
  }
}
