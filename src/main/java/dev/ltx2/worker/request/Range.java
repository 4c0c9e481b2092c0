package dev.ltx2.worker.request;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * What a number may be, both ends included.
 *
 * @param standard what it is when the request does not say; empty where a preset decides
 */
public record Range(BigDecimal min, BigDecimal max, Optional<BigDecimal> standard) {
  /**
   * Numbers are brought to one form, so that 1.0 is 1.
   *
   * @throws IllegalArgumentException where the ends are crossed or the default lies outside
   */
  public Range {
    min = plain(min);
    max = plain(max);
    standard = standard.map(Range::plain);
    if (min.compareTo(max) > 0) {
      throw new IllegalArgumentException("min " + min + " is above max " + max);
    }
    BigDecimal low = min;
    BigDecimal high = max;
    if (standard
        .filter(value -> value.compareTo(low) < 0 || value.compareTo(high) > 0)
        .isPresent()) {
      throw new IllegalArgumentException(
          "default " + standard.get() + " is not from " + min + " to " + max);
    }
  }

  /** A range with a default. */
  public static Range of(double min, double max, double standard) {
    return new Range(
        BigDecimal.valueOf(min),
        BigDecimal.valueOf(max),
        Optional.of(BigDecimal.valueOf(standard)));
  }

  /** A range without a default. */
  public static Range of(double min, double max) {
    return new Range(BigDecimal.valueOf(min), BigDecimal.valueOf(max), Optional.empty());
  }

  boolean holds(BigDecimal value) {
    return value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
  }

  /** {@code from 1 to 60}. */
  String text() {
    return "from " + min.toPlainString() + " to " + max.toPlainString();
  }

  private static BigDecimal plain(BigDecimal number) {
    BigDecimal bare = number.stripTrailingZeros();
    return bare.scale() < 0 ? bare.setScale(0) : bare;
  }
}
