package dev.ltx2.worker.comfyui.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShellWordsTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '#',
      nullValues = "none",
      value = {
        "--cpu --port 1 | --cpu,--port,1",
        "##  | none",
        "#  a \t b  # | a,b",
        "'a b' | a b",
        "x'a b'y | xa by",
        "\"a b\" | a b",
        "\"it's\" | it's",
        "'say \"hi\"' | say \"hi\"",
        "a\\ b | a b",
        "\"a\\\"b\\\\c\\d\" | a\"b\\c\\d",
        "'a\\b' | a\\b",
        "a=\"1 2\" '' b | a=1 2,,b",
        "$HOME ~ * | $HOME,~,*",
      },
      delimiter = '|')
  void splitsAsAShellDoes(String line, String words) {
    String[] expected = words == null ? new String[0] : words.split(",", -1);
    assertThat(ShellWords.split(line == null ? "" : line)).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '#',
      delimiter = '|',
      value = {
        "a 'b | a ' is not closed",
        "a \"b | a \" is not closed",
        "a\\ | it ends with a backslash"
      })
  void refusesWhatAShellWouldAskMoreOf(String line, String message) {
    assertThatThrownBy(() -> ShellWords.split(line)).hasMessage(message);
  }
}
