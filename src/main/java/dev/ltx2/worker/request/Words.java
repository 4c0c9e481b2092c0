package dev.ltx2.worker.request;

import java.util.List;

/** Lists as sentences have them. */
final class Words {
  private Words() {}

  /** {@code a, b or c}. */
  static String or(List<String> words) {
    return joined(words, " or ");
  }

  /** {@code a, b and c}. */
  static String and(List<String> words) {
    return joined(words, " and ");
  }

  private static String joined(List<String> words, String last) {
    int rest = words.size() - 1;
    return rest < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, rest)) + last + words.getLast();
  }
}
