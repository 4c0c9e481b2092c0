package dev.ltx2.worker.plan;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The noise levels of one sampling stage, as ComfyUI's {@code ManualSigmas} takes them: n+1 numbers
 * for n steps, falling from at most 1 to 0.
 *
 * @param text numbers parted by commas, kept as it was published
 */
public record SigmaList(String text) {
  /** {@code ManualSigmas} reads digits and points alone: 1e-3 would be two numbers to it. */
  private static final Pattern NUMBER = Pattern.compile("[01]|[01]?\\.[0-9]{1,9}");

  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

  /** A millionth of the noise; the published lists have four to six places. */
  private static final int PLACES = 6;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException with what is wrong, for people
   */
  public SigmaList {
    List<BigDecimal> values = values(text);
    if (values.size() < 2) {
      throw new IllegalArgumentException("needs at least two numbers, such as \"1.0, 0.0\"");
    }
    if (values.getFirst().compareTo(BigDecimal.ONE) > 0) {
      throw new IllegalArgumentException("begins at " + values.getFirst() + ", above 1");
    }
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i).compareTo(values.get(i - 1)) >= 0) {
        throw new IllegalArgumentException(
            "must fall, but %s stands behind %s".formatted(values.get(i), values.get(i - 1)));
      }
    }
    if (values.getLast().signum() != 0) {
      throw new IllegalArgumentException("must end at 0, or noise is left in the video");
    }
  }

  private static List<BigDecimal> values(String text) {
    List<String> numbers = Arrays.asList(COMMA.split(text.strip(), -1));
    for (String number : numbers) {
      if (!NUMBER.matcher(number).matches()) {
        throw new IllegalArgumentException(
            "must be numbers from 0 to 1 parted by commas, not '" + number + "'");
      }
    }
    return numbers.stream().map(BigDecimal::new).toList();
  }

  /** Sampling steps. */
  public int steps() {
    return values(text).size() - 1;
  }

  /**
   * A list for another number of steps. Step i of m stands where i·n/m stands in this list of n
   * steps, on the straight line between the two numbers around it: fewer steps keep numbers that
   * the model was distilled on wherever they fall on one, more steps go between them. For n steps
   * it is this list, character for character.
   */
  public SigmaList withSteps(int steps) {
    List<BigDecimal> published = values(text);
    int given = published.size() - 1;
    if (steps == given) {
      return this;
    }
    List<BigDecimal> values = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      int whole = i * given / steps;
      BigDecimal part = BigDecimal.valueOf((long) i * given - (long) whole * steps);
      BigDecimal from = published.get(whole);
      BigDecimal way = published.get(whole + 1).subtract(from).multiply(part);
      values.add(
          from.add(way.divide(BigDecimal.valueOf(steps), 12, RoundingMode.HALF_EVEN))
              .setScale(PLACES, RoundingMode.HALF_EVEN));
    }
    return new SigmaList(
        values.stream()
            .map(value -> value.stripTrailingZeros().toPlainString())
            .map(number -> number.equals("1") ? "1.0" : number)
            .collect(Collectors.joining(", ", "", ", 0.0")));
  }
}
