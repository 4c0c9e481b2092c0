package dev.ltx2.worker.bench;

import java.util.Arrays;
import java.util.List;

/**
 * One line of the table.
 *
 * @param values one per run, in {@code unit}, ascending
 * @param target what it must cost, or empty
 */
record Row(String name, String unit, List<Double> values, String target) {
  Row {
    values = values.stream().sorted().toList();
  }

  Row(String name, String unit, double[] values, String target) {
    this(name, unit, Arrays.stream(values).boxed().toList(), target);
  }

  double median() {
    int middle = values.size() / 2;
    return values.size() % 2 == 1
        ? values.get(middle)
        : (values.get(middle - 1) + values.get(middle)) / 2;
  }

  double least() {
    return values.getFirst();
  }

  double most() {
    return values.getLast();
  }
}
