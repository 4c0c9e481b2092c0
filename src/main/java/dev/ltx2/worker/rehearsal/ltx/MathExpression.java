package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.rehearsal.NodeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The arithmetic of {@code ComfyMathExpression}, which is Python's: {@code + - * / // % **},
 * brackets, the names of the values, and the functions that graphs size images with.
 */
final class MathExpression {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(?:(\\d+\\.?\\d*|\\.\\d+)|([A-Za-z_]\\w*)|(\\*\\*|//|[-+*/%(),]))\\s*");

  /** Python's precedence of what stands between two operands. */
  private static final Map<String, Integer> PRECEDENCE =
      Map.of("+", 1, "-", 1, "*", 2, "/", 2, "//", 2, "%", 2);

  private final String expression;
  private final Map<String, Double> values;
  private final List<String> tokens = new ArrayList<>();
  private int at;

  private MathExpression(String expression, Map<String, Double> values) throws NodeException {
    this.expression = expression;
    this.values = values;
    Matcher matcher = TOKEN.matcher(expression);
    int end = 0;
    while (matcher.lookingAt()) {
      tokens.add(matcher.group().strip());
      end = matcher.end();
      matcher.region(end, expression.length());
    }
    if (end < expression.length()) {
      throw beyond();
    }
  }

  static double evaluate(String expression, Map<String, Double> values) throws NodeException {
    if (expression.isBlank()) {
      throw new NodeException("ValueError", "Expression cannot be empty.");
    }
    MathExpression parser = new MathExpression(expression, values);
    double result = parser.sum(1);
    if (parser.at < parser.tokens.size()) {
      throw parser.beyond();
    }
    if (!Double.isFinite(result)) {
      throw new NodeException(
          "ValueError",
          "Math Expression '" + expression + "' produced a non-finite result: " + result);
    }
    return result;
  }

  private NodeException beyond() {
    return new NodeException(
        "NotImplementedError",
        "The rehearsal cannot compute '" + expression + "'; run this graph on a real ComfyUI");
  }

  private boolean take(String token) {
    boolean there = at < tokens.size() && tokens.get(at).equals(token);
    at += there ? 1 : 0;
    return there;
  }

  /** Operands and what stands between them, from this precedence on. */
  private double sum(int precedence) throws NodeException {
    double left = unary();
    while (at < tokens.size()) {
      int next = PRECEDENCE.getOrDefault(tokens.get(at), 0);
      if (next < precedence) {
        return left;
      }
      String operator = tokens.get(at++);
      left = apply(operator, left, sum(next + 1));
    }
    return left;
  }

  private static double apply(String operator, double a, double b) throws NodeException {
    if (b == 0 && "/ // %".contains(operator)) {
      throw new NodeException("ZeroDivisionError", "division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      default -> a - Math.floor(a / b) * b;
    };
  }

  /** A sign binds less than a power on its right: -2 ** 2 is -4. */
  private double unary() throws NodeException {
    if (take("-")) {
      return -unary();
    }
    if (take("+")) {
      return unary();
    }
    double base = operand();
    return take("**") ? Math.pow(base, unary()) : base;
  }

  private double operand() throws NodeException {
    if (at >= tokens.size()) {
      throw beyond();
    }
    String token = tokens.get(at++);
    if (token.equals("(")) {
      double inner = sum(1);
      if (!take(")")) {
        throw beyond();
      }
      return inner;
    }
    if (Character.isDigit(token.charAt(0)) || token.charAt(0) == '.') {
      return Double.parseDouble(token);
    }
    if (take("(")) {
      return call(token, arguments());
    }
    if (!values.containsKey(token)) {
      throw new NodeException(
          "simpleeval.NameNotDefined",
          "'%s' is not defined for expression '%s'".formatted(token, expression));
    }
    return Objects.requireNonNull(values.get(token));
  }

  private List<Double> arguments() throws NodeException {
    List<Double> arguments = new ArrayList<>();
    do {
      arguments.add(sum(1));
    } while (take(","));
    if (!take(")")) {
      throw beyond();
    }
    return arguments;
  }

  private double call(String function, List<Double> arguments) throws NodeException {
    double first = arguments.getFirst();
    if (function.equals("min") || function.equals("max")) {
      return arguments.stream()
          .reduce(function.equals("min") ? Math::min : Math::max)
          .orElseThrow();
    }
    if (arguments.size() != 1) {
      throw beyond();
    }
    return switch (function) {
      case "ceil" -> Math.ceil(first);
      case "floor" -> Math.floor(first);
      case "round" -> Math.rint(first);
      case "int" -> first < 0 ? Math.ceil(first) : Math.floor(first);
      case "float" -> first;
      case "abs" -> Math.abs(first);
      case "sqrt" -> Math.sqrt(first);
      default -> throw beyond();
    };
  }
}
