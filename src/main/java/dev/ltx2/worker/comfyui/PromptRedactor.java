package dev.ltx2.worker.comfyui;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Covers what clients wrote in what ComfyUI says: its errors quote inputs, in Python's or JSON's
 * spelling, over several lines, or half of them. So letters and digits alone are compared, and a
 * run of {@link #RUN} bytes that stands in a client's text is covered, wherever it begins.
 */
public final class PromptRedactor {
  /** Two words or three ideographs; "frames" and "memory" stay readable in errors. */
  static final int RUN = 8;

  /** Prompts whose texts are known; ComfyUI runs one at a time and logs as it goes. */
  static final int REMEMBERED = 16;

  static final String COVER = "[…]";

  private final Deque<List<Text>> known = new ArrayDeque<>();

  /** One text, as the sorted runs of its letters. */
  private static final class Text {
    private final int length;
    private final long[] runs;

    private Text(byte[] letters) {
      length = Math.min(RUN, letters.length);
      runs = runs(letters, length);
      Arrays.sort(runs);
    }

    /** Empty for what is too short to say anything. */
    static Optional<Text> of(String text) {
      byte[] letters = new Letters(text).bytes();
      return letters.length < 3 ? Optional.empty() : Optional.of(new Text(letters));
    }

    private static long[] runs(byte[] letters, int length) {
      long mask = -1L >>> (Long.SIZE - Byte.SIZE * length);
      long[] packed = new long[letters.length - length + 1];
      long run = 0;
      for (int i = 0; i < letters.length; i++) {
        run = ((run << Byte.SIZE) | (letters[i] & 0xff)) & mask;
        if (i >= length - 1) {
          packed[i - length + 1] = run;
        }
      }
      return packed;
    }

    /** Marks the bytes that stand in this text. */
    void mark(byte[] letters, BitSet covered) {
      if (letters.length < length) {
        return;
      }
      long[] found = runs(letters, length);
      for (int i = 0; i < found.length; i++) {
        if (Arrays.binarySearch(runs, found[i]) >= 0) {
          covered.set(i, i + length);
        }
      }
    }
  }

  /** A text's letters and digits, small, in UTF-8, and where in the text each byte came from. */
  private static final class Letters {
    /** A character, also as Python's repr and JSON write it. */
    private static final Pattern CHARACTER =
        Pattern.compile("\\\\(?:u(\\p{XDigit}{4})|x(\\p{XDigit}{2})|.)|.", Pattern.DOTALL);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<MatchResult> origins = new ArrayList<>();

    Letters(String text) {
      CHARACTER.matcher(text).results().forEach(this::add);
    }

    private void add(MatchResult found) {
      String code = found.group(1) == null ? found.group(2) : found.group(1);
      int character = code == null ? found.group().codePointAt(0) : Integer.parseInt(code, 16);
      if (Character.isLetterOrDigit(character)) {
        byte[] encoded = Character.toString(Character.toLowerCase(character)).getBytes(UTF_8);
        bytes.writeBytes(encoded);
        origins.addAll(Collections.nCopies(encoded.length, found));
      }
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }

    int start(int index) {
      return origins.get(index).start();
    }

    int end(int index) {
      return origins.get(index).end();
    }
  }

  /** What a client wrote comes to ComfyUI. */
  void register(Collection<String> texts) {
    // A short line of a long text is printed on a line of its own.
    List<Text> learnt =
        texts.stream()
            .flatMap(text -> Stream.concat(Stream.of(text), text.lines()))
            .map(Text::of)
            .flatMap(Optional::stream)
            .toList();
    synchronized (this) {
      if (known.size() == REMEMBERED) {
        known.removeFirst();
      }
      known.addLast(learnt);
    }
  }

  /** The text with everything covered that a client wrote. */
  public synchronized String redact(String text) {
    if (known.isEmpty()) {
      return text;
    }
    Letters letters = new Letters(text);
    byte[] bytes = letters.bytes();
    BitSet covered = new BitSet();
    known.forEach(prompt -> prompt.forEach(written -> written.mark(bytes, covered)));
    StringBuilder shown = new StringBuilder();
    int from = 0;
    for (int run = covered.nextSetBit(0); run >= 0; ) {
      int end = covered.nextClearBit(run);
      shown.append(text, from, letters.start(run)).append(COVER);
      from = letters.end(end - 1);
      run = covered.nextSetBit(end);
    }
    return shown.append(text, from, text.length()).toString();
  }
}
