package dev.ltx2.worker.comfyui.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ltx2.worker.comfyui.PromptRedactor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a process's output as fast as it comes: lines go to the worker's log, the last ones are
 * kept, both without what clients wrote.
 */
final class LogTail {
  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);
  static final int KEPT = 200;
  static final int LONGEST_LINE = 1000;

  /** Colours, and whatever else a terminal would not show. */
  private static final Pattern UNSEEN = Pattern.compile("\u001b\\[[0-9;?]*[ -/]*[@-~]|\\p{Cntrl}");

  private final PromptRedactor redactor;
  private final Consumer<String> heard;
  private final Deque<String> lines = new ArrayDeque<>();
  private final StringBuilder line = new StringBuilder();
  private boolean overwritten;
  private boolean cut;

  LogTail(PromptRedactor redactor) {
    this(redactor, _ -> {});
  }

  /**
   * The same.
   *
   * @param heard gets each line, too
   */
  LogTail(PromptRedactor redactor, Consumer<String> heard) {
    this.redactor = redactor;
    this.heard = heard;
  }

  /** Reads to the end, which comes when every process that holds the other end is gone. */
  void pump(InputStream in) {
    char[] buffer = new char[8192];
    try (Reader reader = new InputStreamReader(in, UTF_8)) {
      int length;
      while ((length = reader.read(buffer)) >= 0) {
        for (int i = 0; i < length; i++) {
          accept(buffer[i]);
        }
      }
    } catch (IOException e) {
      LOG.debug("Lost ComfyUI's output: {}", e.getMessage());
    }
    end();
  }

  /** The last lines, oldest first. */
  synchronized List<String> last(int count) {
    return lines.stream().skip(Math.max(0, lines.size() - count)).toList();
  }

  private void accept(char c) {
    if (c == '\n') {
      end();
    } else if (c == '\r') {
      // A progress bar draws itself again and again; only how it looked last counts.
      overwritten = true;
    } else {
      if (overwritten) {
        clear();
      }
      if (line.length() < LONGEST_LINE) {
        line.append(c);
      } else {
        cut = true;
      }
    }
  }

  private void end() {
    String text = UNSEEN.matcher(line).replaceAll("").stripTrailing();
    if (!text.isEmpty()) {
      keep(redactor.redact(cut ? text + '…' : text));
    }
    clear();
  }

  private void clear() {
    line.setLength(0);
    overwritten = false;
    cut = false;
  }

  private synchronized void keep(String text) {
    LOG.debug("{}", text);
    heard.accept(text);
    if (lines.size() == KEPT) {
      lines.removeFirst();
    }
    lines.addLast(text);
  }
}
