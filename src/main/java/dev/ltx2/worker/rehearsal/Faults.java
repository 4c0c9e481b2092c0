package dev.ltx2.worker.rehearsal;

import java.util.List;
import java.util.Optional;

/** The faults of one rehearsal. */
public record Faults(List<Fault> all) {
  /** Copies the list. */
  public Faults {
    all = List.copyOf(all);
  }

  /** A rehearsal that behaves. */
  public static Faults none() {
    return new Faults(List.of());
  }

  /** All of these at once. */
  public static Faults of(Fault... faults) {
    return new Faults(List.of(faults));
  }

  <F extends Fault> Optional<F> find(Class<F> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }
}
