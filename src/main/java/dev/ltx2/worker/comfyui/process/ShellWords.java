package dev.ltx2.worker.comfyui.process;

import java.util.ArrayList;
import java.util.List;

/** Splits a line into words as a POSIX shell does, without expanding anything. */
final class ShellWords {
  private final String line;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean within;
  private int at;

  private ShellWords(String line) {
    this.line = line;
  }

  /**
   * Its words; quotes may hold spaces.
   *
   * @throws IllegalArgumentException when a quote is not closed
   */
  static List<String> split(String line) {
    return new ShellWords(line).split();
  }

  private List<String> split() {
    while (at < line.length()) {
      char c = line.charAt(at++);
      switch (c) {
        case '\'' -> quoted('\'');
        case '"' -> quoted('"');
        case '\\' -> escaped();
        default -> {
          if (Character.isWhitespace(c)) {
            end();
          } else {
            add(c);
          }
        }
      }
    }
    end();
    return List.copyOf(words);
  }

  private void quoted(char quote) {
    within = true;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == quote) {
        return;
      }
      boolean escape =
          quote == '"' && c == '\\' && at < line.length() && "\"\\$`".indexOf(line.charAt(at)) >= 0;
      word.append(escape ? line.charAt(at++) : c);
    }
    throw new IllegalArgumentException("a " + quote + " is not closed");
  }

  private void escaped() {
    if (at == line.length()) {
      throw new IllegalArgumentException("it ends with a backslash");
    }
    add(line.charAt(at++));
  }

  private void add(char c) {
    within = true;
    word.append(c);
  }

  private void end() {
    if (within) {
      words.add(word.toString());
      word.setLength(0);
      within = false;
    }
  }
}
