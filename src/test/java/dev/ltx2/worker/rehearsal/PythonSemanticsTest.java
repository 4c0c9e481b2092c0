package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Python 3.11 printed for the same JSON. */
class PythonSemanticsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode json(String text) throws JsonProcessingException {
    return JSON.readTree(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          0.0                  | 0.0
          1.5                  | 1.5
          -0.25                | -0.25
          100.0                | 100.0
          0.0001               | 0.0001
          0.00012              | 0.00012
          0.00009              | 9e-05
          -0.000012            | -1.2e-05
          1e-7                 | 1e-07
          1e-10                | 1e-10
          1.5e-300             | 1.5e-300
          999999999999999.0    | 999999999999999.0
          1e15                 | 1000000000000000.0
          -1e15                | -1000000000000000.0
          9999999999999998.0   | 9999999999999998.0
          1e16                 | 1e+16
          -1.5e16              | -1.5e+16
          1.25e300             | 1.25e+300
          17                   | 17
          10000000000000000    | 10000000000000000
          true                 | True
          false                | False
          null                 | None
          "a"                  | 'a'
          "it's"               | "it's"
          "\\"it's\\""           | '"it\\'s"'
          "a\\nb\\tc\\\\"           | 'a\\nb\\tc\\\\'
          [1, [2.0], null]     | [1, [2.0], None]
          {"a": 1, "b": ["c"]} | {'a': 1, 'b': ['c']}
          """)
  void prints(String json, String python) throws Exception {
    assertThat(PythonSemantics.repr(json(json))).isEqualTo(python);
  }

  @ParameterizedTest
  @CsvSource({
    "'3', 3, 3.0, True",
    "'-3.9', -3, -3.9, True",
    "'0.0', 0, 0.0, False",
    "'true', 1, 1.0, True",
    "'false', 0, 0.0, False",
    "'\" +12 \"', 12, 12.0, True",
    "'9223372036854775807', 9223372036854775807, 9.223372036854776e+18, True",
    "'9223372036854775808', 9223372036854775808, 9.223372036854776e+18, True",
    "'\"9223372036854775808\"', 9223372036854775808, 9.223372036854776e+18, True",
  })
  void converts(String json, String integer, String number, String truth) throws Exception {
    assertThat(PythonSemantics.repr(PythonSemantics.toInt(json(json)))).isEqualTo(integer);
    assertThat(PythonSemantics.repr(PythonSemantics.toFloat(json(json)))).isEqualTo(number);
    assertThat(PythonSemantics.repr(PythonSemantics.toBool(json(json)))).isEqualTo(truth);
  }

  @ParameterizedTest
  @CsvSource({"'\"\"', False", "'[]', False", "'{}', False", "null, False", "[0], True"})
  void truth(String json, String truth) throws Exception {
    assertThat(PythonSemantics.repr(PythonSemantics.toBool(json(json)))).isEqualTo(truth);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "8.5" | invalid literal for int() with base 10: '8.5'
          null  | int() argument must be a string, a bytes-like object or a real number, not 'NoneType'
          [1]   | int() argument must be a string, a bytes-like object or a real number, not 'list'
          {}    | int() argument must be a string, a bytes-like object or a real number, not 'dict'
          """)
  void isNoInteger(String json, String message) {
    assertThatThrownBy(() -> PythonSemantics.toInt(json(json)))
        .isInstanceOf(PythonSemantics.PythonException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "x"  | could not convert string to float: 'x'
          null | float() argument must be a string or a real number, not 'NoneType'
          """)
  void isNoNumber(String json, String message) {
    assertThatThrownBy(() -> PythonSemantics.toFloat(json(json)))
        .isInstanceOf(PythonSemantics.PythonException.class)
        .hasMessage(message);
  }
}
