package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/** What was given, as errors may show it: short, on one line, without secrets. */
final class Redacted {
  private static final int LONGEST = 40;
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\w.-]{1,40}");
  private static final Pattern USER_INFO = Pattern.compile("(?<=//)[^/\\\\]*@");
  private static final Pattern QUERY = Pattern.compile("[?#].*", Pattern.DOTALL);

  private Redacted() {}

  /** A value: {@code 61}, {@code "24"}, {@code an array}. */
  static String value(JsonNode node) {
    return switch (node.getNodeType()) {
      // A URL may stand in any field, by mistake.
      case STRING -> url(node.textValue());
      case NUMBER, BOOLEAN -> text(node.asText());
      default -> kind(node);
    };
  }

  /** The kind of a value only, where the value itself may be private. */
  static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case STRING -> "text";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      default -> "null";
    };
  }

  /** A field's name as somebody else chose it. */
  static String name(String name) {
    return PLAIN_NAME.matcher(name).matches() ? name : '"' + text(name) + '"';
  }

  /** Text, cut as a URL: without user, query and fragment, which may hold keys. */
  static String url(String url) {
    if (url.regionMatches(true, 0, "data:", 0, 5)) {
      return "\"data:…\"";
    }
    String bare = QUERY.matcher(url).replaceFirst("?…");
    return '"' + text(USER_INFO.matcher(bare).replaceFirst("…@")) + '"';
  }

  private static String text(String raw) {
    StringBuilder shown = new StringBuilder();
    raw.codePoints()
        .limit(LONGEST)
        .forEach(c -> {
          if (Character.isISOControl(c) || unprintable(Character.getType(c))) {
            shown.append(c < 0x10000 ? "\\u%04x".formatted(c) : "\\u{%x}".formatted(c));
          } else {
            shown.appendCodePoint(c);
          }
        });
    return raw.codePointCount(0, raw.length()) > LONGEST
        ? shown.append('…').toString()
        : shown.toString();
  }

  /** Line separators, halves of surrogate pairs, and marks that reorder the line around them. */
  private static boolean unprintable(int type) {
    return type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.SURROGATE
        || type == Character.FORMAT;
  }
}
