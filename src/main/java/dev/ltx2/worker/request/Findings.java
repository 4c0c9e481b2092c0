package dev.ltx2.worker.request;

import dev.ltx2.worker.request.output.OutputParser;
import java.util.ArrayList;
import java.util.List;

/** Everything noticed while a request is read, so that all faults come out at once. */
final class Findings implements OutputParser.Listener {
  private static final int UNKNOWN_SHOWN = 10;

  private final List<FieldFault> apiFaults = new ArrayList<>();
  private final List<FieldFault> otherFaults = new ArrayList<>();
  private final List<FieldFault> withoutEffect = new ArrayList<>();
  private final List<FieldFault> misspelt = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();

  /** A fault the API has a text of its own for: these come first. */
  void apiFault(String field, String sentence) {
    apiFaults.add(new FieldFault(field, sentence));
  }

  @Override
  public void fault(String field, String sentence) {
    otherFaults.add(new FieldFault(field, sentence));
  }

  void warning(String sentence) {
    warnings.add(sentence);
  }

  /** A field that the model set has not: a warning, or an error where the request is strict. */
  @Override
  public void withoutEffect(String field, String sentence) {
    withoutEffect.add(new FieldFault(field, sentence));
  }

  /** A field of that name; with the known ones that it is near to, it is those, misspelt. */
  void unknownField(String name, List<String> meant) {
    if (meant.isEmpty()) {
      unknown.add(name);
    } else {
      misspelt.add(
          new FieldFault(
              name, "Unknown field " + name + ": did you mean " + Words.or(meant) + "?"));
    }
  }

  /** Where a field is missing, one that nobody knows is often meant for it. */
  void blameUnknownFields() {
    if (!unknown.isEmpty()) {
      fault(FieldFault.WHOLE, "Unknown fields: " + unknownNames());
    }
  }

  /** Turns what would be ignored into faults. */
  void beStrict() {
    otherFaults.addAll(withoutEffect);
    unknown.stream()
        .limit(UNKNOWN_SHOWN)
        .forEach(name -> fault(name, "Unknown field " + name + ": strict allows for none"));
  }

  void throwFaults() throws InvalidRequestException {
    List<FieldFault> faults = new ArrayList<>(apiFaults);
    faults.addAll(otherFaults);
    faults.addAll(misspelt.subList(0, Math.min(misspelt.size(), UNKNOWN_SHOWN)));
    if (!faults.isEmpty()) {
      throw new InvalidRequestException(faults);
    }
  }

  List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    withoutEffect.forEach(each -> all.add(each.message()));
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
