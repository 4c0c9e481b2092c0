package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** How Python converts and prints JSON values: ComfyUI's error texts are made of it. */
final class PythonSemantics {
  private PythonSemantics() {}

  /** A Python exception inside validation. */
  static final class PythonException extends RuntimeException {
    private final String type;

    PythonException(String type, String message) {
      super(message);
      this.type = type;
    }

    String type() {
      return type;
    }

    @Override
    public String getMessage() {
      return Objects.requireNonNull(super.getMessage());
    }
  }

  static JsonNode toInt(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value;
    }
    if (value.isNumber()) {
      return integer(value.decimalValue().toBigInteger());
    }
    if (value.isBoolean()) {
      return LongNode.valueOf(value.booleanValue() ? 1 : 0);
    }
    if (value.isTextual()) {
      try {
        return integer(new BigInteger(value.textValue().strip().replaceFirst("^\\+", "")));
      } catch (NumberFormatException e) {
        throw new PythonException(
            "ValueError", "invalid literal for int() with base 10: " + repr(value));
      }
    }
    throw new PythonException(
        "TypeError",
        "int() argument must be a string, a bytes-like object or a real number, not '"
            + typeName(value)
            + "'");
  }

  private static JsonNode integer(BigInteger value) {
    return value.bitLength() < 64
        ? LongNode.valueOf(value.longValue())
        : BigIntegerNode.valueOf(value);
  }

  static JsonNode toFloat(JsonNode value) {
    if (value.isNumber()) {
      return DoubleNode.valueOf(value.doubleValue());
    }
    if (value.isBoolean()) {
      return DoubleNode.valueOf(value.booleanValue() ? 1 : 0);
    }
    if (value.isTextual()) {
      try {
        return DoubleNode.valueOf(new BigDecimal(value.textValue().strip()).doubleValue());
      } catch (NumberFormatException e) {
        throw new PythonException(
            "ValueError", "could not convert string to float: " + repr(value));
      }
    }
    throw new PythonException(
        "TypeError",
        "float() argument must be a string or a real number, not '" + typeName(value) + "'");
  }

  static JsonNode toStr(JsonNode value) {
    return TextNode.valueOf(str(value));
  }

  static JsonNode toBool(JsonNode value) {
    boolean truth =
        switch (value.getNodeType()) {
          case NULL, MISSING -> false;
          case BOOLEAN -> value.booleanValue();
          case NUMBER -> value.decimalValue().signum() != 0;
          case STRING -> !value.textValue().isEmpty();
          default -> !value.isEmpty();
        };
    return BooleanNode.valueOf(truth);
  }

  /** Compares as {@code <} and {@code >} do; strings and numbers cannot be. */
  static int compare(JsonNode left, JsonNode right, String operator) {
    if (!left.isNumber()) {
      throw new PythonException(
          "TypeError",
          "'%s' not supported between instances of '%s' and '%s'"
              .formatted(operator, typeName(left), typeName(right)));
    }
    return left.decimalValue().compareTo(right.decimalValue());
  }

  static String str(JsonNode value) {
    return value.isTextual() ? value.textValue() : repr(value);
  }

  static String repr(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING -> "None";
      case BOOLEAN -> value.booleanValue() ? "True" : "False";
      case NUMBER -> number(value);
      case STRING -> quoted(value.textValue());
      case ARRAY -> {
        List<String> parts = new ArrayList<>();
        value.forEach(item -> parts.add(repr(item)));
        yield "[" + String.join(", ", parts) + "]";
      }
      default -> {
        List<String> parts = new ArrayList<>();
        value
            .properties()
            .forEach(item -> parts.add(quoted(item.getKey()) + ": " + repr(item.getValue())));
        yield "{" + String.join(", ", parts) + "}";
      }
    };
  }

  private static String number(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.asText();
    }
    double number = value.doubleValue();
    double size = Math.abs(number);
    if (size != 0 && (size >= 1e16 || size < 1e-4)) {
      // Two digits at least: 9e-05
      String text =
          Double.toString(number).replace(".0E", "E").replaceFirst("E(-?)(\\d)$", "E$10$2");
      return text.replace("E-", "e-").replace("E", "e+");
    }
    String plain = new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
    return plain.contains(".") ? plain : plain + ".0";
  }

  private static String quoted(String text) {
    char mark = text.contains("'") && !text.contains("\"") ? '"' : '\'';
    String escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
    return mark + (mark == '\'' ? escaped.replace("'", "\\'") : escaped) + mark;
  }

  static String typeName(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL, MISSING -> "NoneType";
      case BOOLEAN -> "bool";
      case NUMBER -> value.isIntegralNumber() ? "int" : "float";
      case STRING -> "str";
      case ARRAY -> "list";
      default -> "dict";
    };
  }
}
