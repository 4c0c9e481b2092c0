package dev.ltx2.worker.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands of the documents: those in fenced {@code sh} blocks, and those in running text. */
final class DocumentedCommands {
  /** What a command may need that is not here; said in a comment beside it, or above its block. */
  static final Pattern NEEDS =
      Pattern.compile(
          "(?i:needs) (a GPU|Docker|the internet|an endpoint|a ComfyUI|hours|a quiet machine)\\b");

  private static final Pattern FENCE = Pattern.compile("( *)```(\\w*)");
  private static final Pattern COMMENT = Pattern.compile("(^|\\s)#\\s.*$");
  private static final Pattern HEREDOC = Pattern.compile("<<'(\\w+)'");
  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
  private static final Pattern COMMAND =
      Pattern.compile(
          "((\\w+=\\S+ )*|\\. scripts/jdk\\.sh && )(scripts/[\\w-]+|mvn|docker|curl|npm)( .*)?"
              + "|(worker |apt-get ).*|(java scripts/|source <|models (check|pull|lock)|doctor -|\\.ci/).*");

  /**
   * A command.
   *
   * @param line from 1
   * @param needs what must be there that is not, as the document says
   */
  record Command(Path file, int line, String text, Optional<String> needs) {
    String place() {
      return file + ":" + line;
    }
  }

  /** A fenced block; {@code label} is empty where it has none. */
  record Block(Path file, int line, String label, List<String> lines) {
    /** Its commands, where it is one of a shell. */
    List<Command> commands() {
      List<Command> commands = new ArrayList<>();
      Optional<String> needed = Optional.empty();
      for (int i = 0; i < lines.size(); i++) {
        int first = i;
        String text = lines.get(i);
        Optional<String> marked = needs(text);
        Matcher heredoc = HEREDOC.matcher(text);
        if (text.startsWith("#")) {
          needed = marked;
          continue;
        } else if (heredoc.find()) {
          while (!lines.get(i).equals(heredoc.group(1))) {
            text += "\n" + lines.get(++i);
          }
        } else {
          text = COMMENT.matcher(text).replaceFirst("").strip();
        }
        if (!text.isEmpty()) {
          commands.add(
              new Command(file, line + first + 1, text, marked.isPresent() ? marked : needed));
        }
      }
      return commands;
    }
  }

  private DocumentedCommands() {}

  static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md").map(Path::of),
              docs.filter(file -> file.toString().endsWith(".md")).sorted())
          .toList();
    }
  }

  static List<Block> blocks(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      Matcher fence = FENCE.matcher(lines.get(i));
      if (fence.lookingAt()) {
        int first = i + 1;
        String indent = fence.group(1);
        while (!lines.get(++i).equals(indent + "```")) {}
        List<String> inside =
            lines.subList(first, i).stream()
                .map(line -> line.startsWith(indent) ? line.substring(indent.length()) : line)
                .toList();
        blocks.add(new Block(file, first, fence.group(2), inside));
      }
    }
    return blocks;
  }

  /** Those in running text and tables, between backticks. */
  static List<Command> inText(Path file) throws IOException {
    List<Command> commands = new ArrayList<>();
    boolean fenced = false;
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (FENCE.matcher(line).lookingAt()) {
        fenced = !fenced;
      } else if (!fenced) {
        for (String span : SPAN.matcher(line).results().map(DocumentedCommands::span).toList()) {
          if (COMMAND.matcher(span).matches()) {
            commands.add(new Command(file, number, span, needs(line)));
          }
        }
      }
    }
    return commands;
  }

  private static String span(MatchResult found) {
    return found.group(1);
  }

  private static Optional<String> needs(String text) {
    return NEEDS.matcher(text).results().map(found -> found.group(1)).findFirst();
  }
}
