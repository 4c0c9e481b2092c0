package dev.ltx2.worker.rehearsal;

import java.util.List;
import java.util.Optional;

/** The faults of one rehearsal. */
public record InjectedFaults(List<InjectedFault> all) {
  /** Copies the list. */
  public InjectedFaults {
    all = List.copyOf(all);
  }

  /** A rehearsal that behaves. */
  public static InjectedFaults none() {
    return new InjectedFaults(List.of());
  }

  /** All of these at once. */
  public static InjectedFaults of(InjectedFault... faults) {
    return new InjectedFaults(List.of(faults));
  }

  <F extends InjectedFault> Optional<F> find(Class<F> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }
}
