package dev.ltx2.worker.request;

import java.util.ArrayList;
import java.util.List;

/** Everything noticed while a request is read, so that all faults come out at once. */
final class Findings {
  private static final int UNKNOWN_SHOWN = 10;

  private final List<String> apiFaults = new ArrayList<>();
  private final List<String> otherFaults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();

  /** A fault the API has a text of its own for: these come first. */
  void apiFault(String sentence) {
    apiFaults.add(sentence);
  }

  void fault(String sentence) {
    otherFaults.add(sentence);
  }

  void warning(String sentence) {
    warnings.add(sentence);
  }

  void unknownField(String name) {
    unknown.add(name);
  }

  /** Where a field is missing, one that nobody knows is often that one, misspelt. */
  void blameUnknownFields() {
    if (!unknown.isEmpty()) {
      fault("Unknown fields: " + unknownNames());
    }
  }

  void throwFaults() throws InvalidRequestException {
    List<String> faults = new ArrayList<>(apiFaults);
    faults.addAll(otherFaults);
    if (!faults.isEmpty()) {
      throw new InvalidRequestException(faults);
    }
  }

  List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    if (!unknown.isEmpty()) {
      all.add("Unknown fields are ignored: " + unknownNames());
    }
    return List.copyOf(all);
  }

  private String unknownNames() {
    String names = String.join(", ", unknown.subList(0, Math.min(unknown.size(), UNKNOWN_SHOWN)));
    int more = unknown.size() - UNKNOWN_SHOWN;
    return names + (more > 0 ? " and " + more + " more" : "");
  }
}
