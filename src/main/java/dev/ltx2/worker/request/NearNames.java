package dev.ltx2.worker.request;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Which known field a strange name was meant as. Near is:
 *
 * <ul>
 *   <li>the same without case, {@code _} and {@code -} ({@code audiourl}, {@code qualityPreset});
 *   <li>a known name's part up to an underscore ({@code quality}, {@code auto_buffer});
 *   <li>at most two slips of the pen: a letter too many, missing, wrong, or two swapped.
 * </ul>
 *
 * A short name is soon two slips away from any word, so in names of up to seven letters a letter
 * that they do not have counts twice ({@code script} is no {@code strict}, {@code wide} no {@code
 * width}), and those of up to four letters allow for one slip ({@code speed} is no {@code seed},
 * {@code file} no {@code fit}).
 */
public final class NearNames {
  private static final int SLIPS = 2;

  private NearNames() {}

  /** The nearest known names; several if equally near, none if the name is far from all. */
  public static List<String> of(String name, Collection<String> known) {
    String bare = bare(name);
    List<String> parts = known.stream().filter(whole -> isPart(bare, whole)).toList();
    if (!parts.isEmpty()) {
      return parts;
    }
    TreeMap<Integer, List<String>> byDistance = new TreeMap<>();
    for (String whole : known) {
      int distance = distance(bare, bare(whole));
      if (distance <= limit(bare(whole))) {
        byDistance.computeIfAbsent(distance, _ -> new ArrayList<>()).add(whole);
      }
    }
    return byDistance.isEmpty() ? List.of() : byDistance.firstEntry().getValue();
  }

  private static String bare(String name) {
    return name.replaceAll("[_-]", "").toLowerCase(Locale.ROOT);
  }

  /** Whether it is the known name up to one of its underscores. */
  private static boolean isPart(String bare, String whole) {
    for (int at = whole.indexOf('_'); at >= 0; at = whole.indexOf('_', at + 1)) {
      if (bare(whole.substring(0, at)).equals(bare)) {
        return true;
      }
    }
    return false;
  }

  private static int limit(String known) {
    return known.length() <= 4 ? 1 : SLIPS;
  }

  private static int distance(String given, String known) {
    if (Math.abs(given.length() - known.length()) > SLIPS) {
      return Integer.MAX_VALUE;
    }
    int foreign =
        known.length() > 7 ? 0 : (int) given.chars().filter(c -> known.indexOf(c) < 0).count();
    return foreign + slips(given, known);
  }

  /** Damerau and Levenshtein's distance, each pair of letters swapped at most once. */
  private static int slips(String a, String b) {
    int[][] rows = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        rows[i][j] = i == 0 || j == 0 ? i + j : step(rows, a, b, i, j);
      }
    }
    return rows[a.length()][b.length()];
  }

  private static int step(int[][] rows, String a, String b, int i, int j) {
    int other = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
    int least = Math.min(rows[i - 1][j - 1] + other, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, rows[i - 2][j - 2] + 1) : least;
  }
}
