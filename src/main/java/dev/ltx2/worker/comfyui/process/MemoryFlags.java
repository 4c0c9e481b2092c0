package dev.ltx2.worker.comfyui.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments by which ComfyUI stays within its container's memory. It sizes its caches by the
 * machine's (v0.33: results stay cached until less than 128 GB of the machine are free, pinned
 * weights until less than 2 GB are), which on a large machine is never: it grows until it is
 * killed.
 *
 * @param limit the container's
 * @param words to be added to ComfyUI's arguments
 * @param reason for people: limit and choice
 */
public record MemoryFlags(MemoryLimit limit, List<String> words, String reason) {
  /**
   * Results of nodes that the next prompt has too stay (models, LoRAs, texts), all others go when
   * it begins. {@code --cache-none} would load the models for each job; {@code --cache-ram} counts
   * the machine's free memory, as the default does.
   */
  private static final String CACHE = "--cache-classic";

  /** Weights in pinned memory cannot be reclaimed; those mapped from their file can. */
  private static final String UNPINNED = "--disable-pinned-memory";

  /** Of these ComfyUI takes one. */
  private static final List<String> CACHES =
      List.of("--cache-ram", CACHE, "--cache-lru", "--cache-none", "--high-ram");

  /** {@code --high-ram} pins all, without a bound. */
  private static final List<String> PINS = List.of(UNPINNED, "--high-ram");

  /** 51 GB of models, all pinned, and 25 GB for the frames of 30 s and for Python. */
  private static final long ROOM_FOR_PINS = 80_000_000_000L;

  /** Makes it unchangeable. */
  public MemoryFlags {
    words = List.copyOf(words);
  }

  /**
   * Those that fit.
   *
   * @param dir ComfyUI's checkout; an older one may not know them all
   * @param args {@code COMFYUI_ARGS}: what they say stands
   */
  public static MemoryFlags of(MemoryLimit limit, Path dir, String args) {
    if (limit.bytes().isEmpty()) {
      return new MemoryFlags(limit, List.of(), limit.shown());
    }
    long bytes = limit.bytes().getAsLong();
    Choice choice = new Choice(dir, own(args), new ArrayList<>(), new ArrayList<>());
    choice.add(CACHE, CACHES);
    if (bytes < ROOM_FOR_PINS) {
      choice.add(UNPINNED, PINS);
    }
    if (!choice.words.isEmpty()) {
      choice.notes.addFirst("ComfyUI is started with " + String.join(" ", choice.words));
    }
    String reason = limit.shown() + ": " + String.join("; ", choice.notes);
    return new MemoryFlags(limit, choice.words, reason);
  }

  /** What is added to the user's own flags, and why. */
  private record Choice(Path dir, List<String> own, List<String> words, List<String> notes) {
    /** Adds the flag unless one of its rivals is there or ComfyUI does not know it. */
    void add(String flag, List<String> rivals) {
      List<String> said = own.stream().filter(word -> means(word, rivals)).toList();
      if (!said.isEmpty()) {
        notes.add("COMFYUI_ARGS has " + String.join(" ", said));
      } else if (!knows(dir, flag)) {
        notes.add("this ComfyUI has no " + flag);
      } else {
        words.add(flag);
      }
    }
  }

  private static List<String> own(String args) {
    try {
      return ShellWords.split(args).stream()
          .filter(word -> word.startsWith("--"))
          .map(word -> word.replaceFirst("=.*", ""))
          .toList();
    } catch (IllegalArgumentException e) {
      // The launch says what is wrong with them.
      return List.of();
    }
  }

  /** Also in short: Python takes {@code --cache-n} for {@code --cache-none}. */
  private static boolean means(String word, List<String> flags) {
    return word.length() > 2 && flags.stream().anyMatch(flag -> flag.startsWith(word));
  }

  /** An argument that it does not know would end it at once. */
  private static boolean knows(Path dir, String flag) {
    try {
      return Files.readString(dir.resolve("comfy/cli_args.py")).contains('"' + flag + '"');
    } catch (IOException e) {
      return false;
    }
  }
}
