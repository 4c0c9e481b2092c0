package dev.ltx2.worker.modelset;

import dev.ltx2.worker.plan.SamplingRules;
import dev.ltx2.worker.plan.SamplingRules.StageRules;
import dev.ltx2.worker.plan.SigmaList;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.Preset;
import dev.ltx2.worker.request.Range;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.WorkflowException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a {@code set.json}; docs/models.md describes it. */
final class ModelSetReader {
  private static final Set<String> KEYS =
      Set.of(
          "title",
          "licences",
          "modes",
          "sizes",
          "preset",
          "presets",
          "fields",
          "missing",
          "stages",
          "schedule",
          "schedules",
          "files",
          "warnings",
          "notes",
          "sources");

  private static final List<String> LORAS =
      List.of("lora_camera", "lora_distilled", "lora_detailer", "lora_i2v");

  /** The API's, which every set has. */
  private static final List<String> PRESETS = List.of("fast", "high", "ultra");

  private static final Pattern MODEL_PATH = Pattern.compile("[a-z_]+/[A-Za-z0-9._/-]+");

  /** For more than two, bindings are missing. */
  private static final int MOST_STAGES = 2;

  private final String name;
  private final String file;

  ModelSetReader(String name, String file) {
    this.name = name;
    this.file = file;
  }

  ModelSet read(String json) throws WorkflowException {
    LocatedObject set = LocatedObject.parse(file, json).only(KEYS);
    String title = set.text("title").orElse("");
    List<ModelSet.Licence> licences = set.objects("licences").stream().map(this::licence).toList();
    Set<String> missing = missing(set);
    List<StageRules> stages = stages(set);
    RequestRules.Sizes sizes = sizes(set);
    Map<String, List<SigmaList>> schedules = schedules(set, stages.size());
    Optional<RequestRules> request = request(set, missing, sizes, schedules);
    List<String> files = files(set);
    Map<Mode, String> warnings = warnings(set);
    List<String> notes = set.has("notes") ? set.texts("notes") : List.of();
    if (set.has("sources")) {
      LocatedObject sources = set.object("sources");
      sources.keys().forEach(sources::text);
    }
    checkStages(set, stages, sizes.multipleOf());
    set.throwFaults();
    return new ModelSet(
        name,
        title,
        licences,
        request.orElseThrow(),
        new SamplingRules(
            name,
            sizes.multipleOf(),
            stages,
            schedules,
            warnings,
            !missing.contains("lora_distilled")),
        files,
        notes);
  }

  private ModelSet.Licence licence(LocatedObject licence) {
    licence.only(Set.of("name", "url", "limits"));
    return new ModelSet.Licence(
        licence.text("name").orElse(""),
        licence.text("url").orElse(""),
        licence.text("limits").orElse(""));
  }

  /** What the request's room says against the whole is told at the file's beginning. */
  private Optional<RequestRules> request(
      LocatedObject set,
      Set<String> missing,
      RequestRules.Sizes sizes,
      Map<String, List<SigmaList>> schedules) {
    String preset = set.text("preset").orElse("");
    String schedule = set.text("schedule").orElse("");
    List<Preset> presets = presets(set.object("presets"), missing);
    Map<String, Range> fields = fields(set.object("fields"), missing);
    Set<Mode> modes = modes(set);
    if (!set.faultless()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RequestRules(
              name,
              modes,
              presets,
              preset,
              fields,
              missing,
              sizes,
              List.copyOf(schedules.keySet()),
              schedule));
    } catch (IllegalArgumentException e) {
      set.fault("", String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static RequestRules.Sizes sizes(LocatedObject set) {
    LocatedObject sizes = set.object("sizes").only(Set.of("multiple_of", "exact"));
    int multipleOf = sizes.integer("multiple_of", 32, 512).orElse(32);
    return new RequestRules.Sizes(multipleOf, sizes.bool("exact").orElse(true));
  }

  private static Set<Mode> modes(LocatedObject set) {
    Set<Mode> modes = EnumSet.noneOf(Mode.class);
    for (String label : set.texts("modes")) {
      Optional<Mode> mode = mode(label);
      mode.ifPresent(modes::add);
      if (mode.isEmpty()) {
        set.fault("modes", "'" + label + "' is no mode: 1, 2, 3a or 3b");
      }
    }
    return modes;
  }

  private static Optional<Mode> mode(String label) {
    return Arrays.stream(Mode.values()).filter(mode -> mode.label().equals(label)).findFirst();
  }

  private static Set<String> missing(LocatedObject set) {
    List<String> names = set.has("missing") ? set.texts("missing") : List.of();
    for (String field : names) {
      if (!RequestRules.OPTIONAL.contains(field)) {
        set.fault(
            "missing",
            "'%s' is no field that a set may do without (those: %s)"
                .formatted(field, sorted(RequestRules.OPTIONAL)));
      }
    }
    return Set.copyOf(names);
  }

  private static String sorted(Set<String> names) {
    return names.stream().sorted().collect(Collectors.joining(", "));
  }

  private static List<Preset> presets(LocatedObject presets, Set<String> missing) {
    presets.only(Set.copyOf(PRESETS));
    List<Preset> read = new ArrayList<>();
    for (String label : PRESETS) {
      LocatedObject preset = presets.object(label);
      List<String> loras = LORAS.stream().filter(lora -> !missing.contains(lora)).toList();
      preset.only(Stream.concat(Stream.of("steps"), loras.stream()).collect(Collectors.toSet()));
      Map<String, Double> strengths = new LinkedHashMap<>();
      LORAS.forEach(lora ->
          strengths.put(
              lora,
              loras.contains(lora)
                  ? preset.number(lora).map(BigDecimal::doubleValue).orElse(0.0)
                  : 0.0));
      List<Double> values = List.copyOf(strengths.values());
      read.add(
          new Preset(
              label,
              preset.integer("steps", 1, 100).orElse(1),
              new Loras(values.get(0), values.get(1), values.get(2), values.get(3))));
    }
    return read;
  }

  private static Map<String, Range> fields(LocatedObject fields, Set<String> missing) {
    Set<String> known =
        RequestRules.NUMBERS.stream().filter(f -> !missing.contains(f)).collect(Collectors.toSet());
    fields.only(known);
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (String field : known.stream().sorted().toList()) {
      LocatedObject range = fields.object(field).only(Set.of("min", "max", "default"));
      Optional<BigDecimal> min = range.number("min");
      Optional<BigDecimal> max = range.number("max");
      boolean preset = field.equals("steps") || LORAS.contains(field);
      if (preset && range.has("default")) {
        range.fault("default", "the presets decide");
      }
      Optional<BigDecimal> standard = preset ? Optional.empty() : range.number("default");
      if (min.isPresent() && max.isPresent()) {
        try {
          ranges.put(field, new Range(min.get(), max.get(), standard));
        } catch (IllegalArgumentException e) {
          range.fault("", String.valueOf(e.getMessage()));
        }
      }
    }
    return ranges;
  }

  private static List<StageRules> stages(LocatedObject set) {
    List<StageRules> stages = new ArrayList<>();
    for (LocatedObject stage : set.objects("stages")) {
      stage.only(Set.of("divisor", "passes", "source"));
      stages.add(
          new StageRules(
              stage.integer("divisor", 1, 4).orElse(1), stage.integer("passes", 1, 4).orElse(1)));
    }
    if (stages.isEmpty() || stages.size() > MOST_STAGES) {
      set.fault("stages", "needs one object per run of the sampler, one or two");
    }
    return stages;
  }

  private static void checkStages(LocatedObject set, List<StageRules> stages, int multipleOf) {
    if (!stages.isEmpty() && stages.getLast().divisor() != 1) {
      set.fault("stages", "the last stage has the full size: its divisor must be 1");
    }
    for (StageRules stage : stages) {
      if (multipleOf % (32 * stage.divisor()) != 0) {
        set.fault(
            "sizes",
            "multiple_of %d gives latents that are no multiple of 32 at divisor %d"
                .formatted(multipleOf, stage.divisor()));
      }
    }
  }

  private static Map<String, List<SigmaList>> schedules(LocatedObject set, int stages) {
    LocatedObject schedules = set.object("schedules");
    Map<String, List<SigmaList>> read = new LinkedHashMap<>();
    for (String label : schedules.keys()) {
      LocatedObject schedule = schedules.object(label).only(Set.of("sigmas", "source"));
      schedule.text("source");
      List<SigmaList> lists = new ArrayList<>();
      List<String> texts = schedule.has("sigmas") ? schedule.texts("sigmas") : List.of();
      for (String text : texts) {
        try {
          lists.add(new SigmaList(text));
        } catch (IllegalArgumentException e) {
          schedule.fault("sigmas", String.valueOf(e.getMessage()));
        }
      }
      if (schedule.has("sigmas") && texts.size() != stages) {
        schedule.fault(
            "sigmas", "%d lists for %d stages: one each".formatted(texts.size(), stages));
      }
      read.put(label, lists);
    }
    return read;
  }

  private static List<String> files(LocatedObject set) {
    List<String> files = set.texts("files");
    for (String path : files) {
      if (!MODEL_PATH.matcher(path).matches()) {
        set.fault("files", "'" + path + "' is no path of models.txt, such as loras/x.safetensors");
      }
    }
    return files;
  }

  private static Map<Mode, String> warnings(LocatedObject set) {
    Map<Mode, String> warnings = new EnumMap<>(Mode.class);
    if (set.has("warnings")) {
      LocatedObject texts = set.object("warnings").only(Set.of("1", "2", "3a", "3b"));
      texts
          .keys()
          .forEach(label ->
              mode(label).ifPresent(m -> texts.text(label).ifPresent(t -> warnings.put(m, t))));
    }
    return warnings;
  }
}
