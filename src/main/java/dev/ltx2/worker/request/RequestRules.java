package dev.ltx2.worker.request;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a model set says about requests.
 *
 * @param set its name, for messages
 * @param modes the modes it serves
 * @param presets in the order in which they are named
 * @param preset the label of the one that counts when the request names none
 * @param numbers range and default of each of {@link #NUMBERS}, by field name; those that the set
 *     has not may be left out
 * @param missing names out of {@link #OPTIONAL}: fields that the set has not, which are ignored
 *     with a warning
 * @param sizes what becomes of width and height
 * @param schedules names of sampling schedules
 * @param schedule the one that counts when the request names none
 */
public record RequestRules(
    String set,
    Set<Mode> modes,
    List<Preset> presets,
    String preset,
    Map<String, Range> numbers,
    Set<String> missing,
    Sizes sizes,
    List<String> schedules,
    String schedule) {

  /** Fields whose ranges are the set's. {@code steps} and {@code lora_*} have their presets'. */
  public static final Set<String> NUMBERS =
      Set.of(
          "width",
          "height",
          "fps",
          "buffer_seconds",
          "steps",
          "lora_camera",
          "lora_distilled",
          "lora_detailer",
          "lora_i2v",
          "img_compression",
          "img_strength",
          "frame_alignment",
          "speech_noise");

  /** Fields that a set may do without, with the value that then counts for them. */
  private static final Map<String, BigDecimal> WITHOUT =
      Map.of(
          "lora_camera", BigDecimal.ZERO,
          "lora_distilled", BigDecimal.ZERO,
          "lora_detailer", BigDecimal.ZERO,
          "lora_i2v", BigDecimal.ZERO,
          "img_compression", BigDecimal.ZERO,
          "img_strength", BigDecimal.ONE,
          "frame_alignment", BigDecimal.ONE,
          "speech_noise", BigDecimal.ZERO);

  /** Names of the fields that a set may do without. */
  public static final Set<String> OPTIONAL = optional();

  /** The API's own graphs: presets, ranges and defaults of its v60. */
  public static final RequestRules API =
      new RequestRules(
          "ltx-2",
          Set.of(Mode.values()),
          List.of(
              new Preset("fast", 8, new Loras(0.3, 0.6, 0.5)),
              new Preset("high", 8, new Loras(0.3, 0.6, 1.0)),
              new Preset("ultra", 12, new Loras(0.3, 0.8, 1.0))),
          "high",
          Map.ofEntries(
              Map.entry("width", Range.of(64, 2048, 1280)),
              Map.entry("height", Range.of(64, 2048, 736)),
              Map.entry("fps", Range.of(1, 60, 30)),
              Map.entry("buffer_seconds", Range.of(0, 10, 1)),
              Map.entry("steps", Range.of(1, 100)),
              Map.entry("lora_camera", Range.of(0, 2)),
              Map.entry("lora_distilled", Range.of(0, 2)),
              Map.entry("lora_detailer", Range.of(0, 2)),
              Map.entry("img_compression", Range.of(0, 50, 23)),
              Map.entry("img_strength", Range.of(0, 1, 1)),
              Map.entry("frame_alignment", Range.of(1, 64, 8)),
              Map.entry("speech_noise", Range.of(0, 1, 0))),
          Set.of("lora_i2v"),
          new Sizes(32, false),
          List.of("simple"),
          "simple");

  /** What no model set changes; a seed is drawn, a keyframe's strength depends on its place. */
  private static final Map<String, Range> FIXED =
      Map.of(
          "duration", Range.of(1, 30),
          "seed", new Range(BigDecimal.ZERO, BigDecimal.valueOf(Long.MAX_VALUE), Optional.empty()),
          "frame_position", Range.of(0, 1),
          "strength", Range.of(0, 1));

  /**
   * Sizes of a set.
   *
   * @param multipleOf pixels: what the graphs can make
   * @param exact whether any even size is delivered, made larger and cut; else sizes are rounded to
   *     the nearest multiple
   */
  public record Sizes(int multipleOf, boolean exact) {
    /** Refuses what is no positive even number. */
    public Sizes {
      if (multipleOf < 2 || multipleOf % 2 != 0) {
        throw new IllegalArgumentException("multiple_of " + multipleOf + " is no even number");
      }
    }

    /** The side that is made for a delivered one: the next multiple at or above. */
    public int generated(int side) {
      return (side + multipleOf - 1) / multipleOf * multipleOf;
    }

    /** The side that is delivered for the one asked for; ties go up. */
    int delivered(int side) {
      return exact ? side + side % 2 : (side + multipleOf / 2) / multipleOf * multipleOf;
    }
  }

  /**
   * Collections are copied.
   *
   * @throws IllegalArgumentException naming the field where something is missing or contradictory
   */
  public RequestRules {
    modes = Set.copyOf(modes);
    presets = List.copyOf(presets);
    numbers = Map.copyOf(numbers);
    missing = Set.copyOf(missing);
    schedules = List.copyOf(schedules);
    require(!modes.isEmpty(), "modes is empty");
    require(
        presets.stream().map(Preset::label).toList().contains(preset),
        "the default preset " + preset + " is none of the presets");
    require(
        schedules.contains(schedule), "the default schedule " + schedule + " is none of schedules");
    requireNamed(numbers.keySet(), NUMBERS, "numbers");
    requireNamed(missing, OPTIONAL, "missing");
    for (String name : NUMBERS) {
      require(
          missing.contains(name) || numbers.containsKey(name),
          name + " has neither range nor is it missing");
    }
    Range steps = Objects.requireNonNull(numbers.get("steps"));
    for (Preset each : presets) {
      require(
          steps.holds(BigDecimal.valueOf(each.steps())),
          "steps of preset " + each.label() + " are out of range");
    }
  }

  private static void require(boolean good, String fault) {
    if (!good) {
      throw new IllegalArgumentException(fault);
    }
  }

  private static void requireNamed(Set<String> given, Set<String> known, String where) {
    Set<String> strange = new TreeSet<>(given);
    strange.removeAll(known);
    require(strange.isEmpty(), where + " cannot have " + String.join(", ", strange));
  }

  private static Set<String> optional() {
    Set<String> names = new TreeSet<>(WITHOUT.keySet());
    names.addAll(Set.of("prompt_negative", "schedule", "fit"));
    return Set.copyOf(names);
  }

  boolean has(RequestField field) {
    return !missing.contains(field.label());
  }

  /** Of a field that the set has. */
  Range range(RequestField field) {
    Range range = numbers.get(field.label());
    return range == null ? Objects.requireNonNull(FIXED.get(field.label())) : range;
  }

  /** What counts for a number that the request does not give, where no preset decides. */
  BigDecimal standard(RequestField field) {
    return has(field)
        ? range(field).standard().orElseThrow()
        : WITHOUT.getOrDefault(field.label(), BigDecimal.ZERO);
  }

  /** The preset of that label. */
  Optional<Preset> presetNamed(String label) {
    return presets.stream().filter(each -> each.label().equals(label)).findFirst();
  }
}
