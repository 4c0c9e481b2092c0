package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** Turns a job's input into a {@link GenerationRequest}, or into the list of its faults. */
final class RequestParser {
  /** Every field of the API, in the order of docs/api.md. */
  static final Set<String> FIELDS =
      new LinkedHashSet<>(
          List.of(
              "image_url",
              "audio_url",
              "duration",
              "keyframes",
              "prompt_positive",
              "prompt_negative",
              "quality_preset",
              "width",
              "height",
              "fps",
              "buffer_seconds",
              "steps",
              "seed",
              "lora_camera",
              "lora_distilled",
              "lora_detailer",
              "img_compression",
              "img_strength",
              "frame_alignment",
              "auto_buffer_guide",
              "trim_to_audio"));

  private static final String MODES =
      "give image_url and audio_url (mode 1), image_url and duration (mode 2),"
          + " keyframes and audio_url (mode 3a) or keyframes and duration (mode 3b)";

  private static final BigDecimal SHORTEST = BigDecimal.ONE;
  private static final BigDecimal LONGEST = BigDecimal.valueOf(30);

  private final Findings findings = new Findings();
  private final Fields fields;
  private final AcceptedSources sources;

  RequestParser(ObjectNode input, AcceptedSources sources) {
    this.fields = new Fields(input, "", findings, sources);
    this.sources = sources;
  }

  /** Reads every field, so that all faults come out at once, in this order. */
  GenerationRequest parse() throws InvalidRequestException {
    Optional<Mode> mode = mode();
    Contents contents = contents();
    Prompts prompts = prompts();
    Preset preset = preset();
    BufferGuide bufferGuide = bufferGuide();
    boolean trim = fields.bool("trim_to_audio");
    Shape shape = shape();
    int steps = fields.integer("steps", 1, 100, preset.steps());
    OptionalLong seed = fields.integer("seed", 0, Long.MAX_VALUE);
    Loras loras = loras(preset.loras());
    int compression = fields.integer("img_compression", 0, 50, 23);
    double strength = fields.number("img_strength", 0, 1, 1.0);
    int alignment = fields.integer("frame_alignment", 1, 64, 8);
    Mode selected = faultless(mode);
    noteWithoutEffect(selected);
    return new GenerationRequest(
        selected,
        contents.images(),
        contents.audio(),
        contents.duration(),
        contents.keyframes(),
        prompts.positive(),
        prompts.negative(),
        preset.label(),
        shape.width(),
        shape.height(),
        shape.fps(),
        shape.bufferSeconds(),
        steps,
        seed,
        loras,
        compression,
        strength,
        alignment,
        bufferGuide,
        trim && selected.multiframe(),
        findings.warnings());
  }

  private record Contents(
      List<Source> images,
      Optional<Source> audio,
      OptionalDouble duration,
      List<Keyframe> keyframes) {}

  private Contents contents() {
    Optional<Source> image = fields.source("image_url");
    Optional<Source> audio = fields.source("audio_url");
    OptionalDouble duration = fields.has("audio_url") ? OptionalDouble.empty() : duration();
    if (!fields.has("keyframes")) {
      return new Contents(image.stream().toList(), audio, duration, List.of());
    }
    List<Keyframe> keyframes = keyframes();
    return new Contents(
        keyframes.stream().map(Keyframe::image).toList(), audio, duration, keyframes);
  }

  private record Prompts(String positive, String negative) {}

  private Prompts prompts() {
    boolean lipSync = fields.has("audio_url");
    return new Prompts(
        fields.prompt(
            "prompt_positive",
            lipSync ? DefaultPrompts.SPEECH_POSITIVE : DefaultPrompts.AUDIO_POSITIVE),
        fields.prompt(
            "prompt_negative",
            lipSync ? DefaultPrompts.SPEECH_NEGATIVE : DefaultPrompts.AUDIO_NEGATIVE));
  }

  private record Shape(int width, int height, int fps, double bufferSeconds) {}

  private Shape shape() {
    return new Shape(
        pixels("width", 1280),
        pixels("height", 736),
        fields.integer("fps", 1, 60, 30),
        fields.number("buffer_seconds", 0, 10, 1.0));
  }

  private Loras loras(Loras absent) {
    return new Loras(
        fields.number("lora_camera", 0, 2, absent.camera()),
        fields.number("lora_distilled", 0, 2, absent.distilled()),
        fields.number("lora_detailer", 0, 2, absent.detailer()));
  }

  /** When every field has been read: a faulty request ends here, one without a mode is faulty. */
  private Mode faultless(Optional<Mode> mode) throws InvalidRequestException {
    fields.noteUnknown(FIELDS);
    if (mode.isEmpty()) {
      findings.blameUnknownFields();
    }
    findings.throwFaults();
    return mode.orElseThrow();
  }

  /** The mode the fields select; empty, with the fault noted, when they select none. */
  private Optional<Mode> mode() {
    boolean images = fields.has("keyframes") || fields.has("image_url");
    boolean length = fields.has("audio_url") || fields.has("duration");
    if (!images && !length) {
      findings.fault("The input selects no mode: " + MODES);
    } else if (!images) {
      findings.fault("image_url or keyframes is missing: " + MODES);
    } else if (!length) {
      findings.fault("audio_url or duration is missing: " + MODES);
    } else if (fields.has("keyframes")) {
      return Optional.of(
          fields.has("audio_url") ? Mode.MULTIFRAME_LIPSYNC : Mode.MULTIFRAME_AUDIO_GEN);
    } else {
      return Optional.of(fields.has("audio_url") ? Mode.LIPSYNC : Mode.AUDIO_GEN);
    }
    return Optional.empty();
  }

  private OptionalDouble duration() {
    if (!fields.has("duration")) {
      return OptionalDouble.empty();
    }
    JsonNode given = fields.get("duration");
    Optional<BigDecimal> number = Fields.decimal(given);
    if (number.isEmpty()) {
      findings.fault("duration must be a number from 1 to 30, got " + Redacted.value(given));
      return OptionalDouble.empty();
    }
    BigDecimal seconds = number.get();
    if (seconds.compareTo(SHORTEST) < 0) {
      findings.apiFault(GenerationRequest.TOO_SHORT + ": duration is " + Redacted.value(given));
    } else if (seconds.compareTo(LONGEST) > 0) {
      findings.apiFault(GenerationRequest.TOO_LONG + ": duration is " + Redacted.value(given));
    }
    return OptionalDouble.of(seconds.doubleValue());
  }

  private List<Keyframe> keyframes() {
    JsonNode given = fields.get("keyframes");
    if (!given.isArray()) {
      findings.fault("keyframes must be an array of 1 to 9 objects, got " + Redacted.kind(given));
      return List.of();
    }
    int count = given.size();
    if (count == 0) {
      findings.apiFault("At least 1 keyframe is required: keyframes is empty");
    } else if (count > 9) {
      findings.apiFault("Maximum 9 keyframes supported: keyframes has " + count);
    }
    List<Keyframe> keyframes = new ArrayList<>();
    for (int i = 0; i < Math.min(count, 9); i++) {
      KeyframeParser.parse(given.get(i), i, count, findings, sources).ifPresent(keyframes::add);
    }
    return keyframes;
  }

  private Preset preset() {
    if (!fields.has("quality_preset")) {
      return Preset.HIGH;
    }
    for (Preset preset : Preset.values()) {
      if (preset.label().equals(fields.get("quality_preset").textValue())) {
        return preset;
      }
    }
    fields.wrong("quality_preset", "fast, high or ultra");
    return Preset.HIGH;
  }

  private BufferGuide bufferGuide() {
    if (!fields.has("auto_buffer_guide")) {
      return BufferGuide.ADD_NODE;
    }
    JsonNode given = fields.get("auto_buffer_guide");
    if (given.isBoolean()) {
      return given.booleanValue() ? BufferGuide.ADD_NODE : BufferGuide.NONE;
    }
    return switch (given.isTextual() ? given.textValue() : "") {
      case "add_node" -> BufferGuide.ADD_NODE;
      case "extend_last" -> BufferGuide.EXTEND_LAST;
      case "none" -> BufferGuide.NONE;
      default -> {
        fields.wrong("auto_buffer_guide", "true, \"add_node\", \"extend_last\", false or \"none\"");
        yield BufferGuide.ADD_NODE;
      }
    };
  }

  /** LTX-2 knows multiples of 32 only, and ComfyUI would floor anything else without a word. */
  private int pixels(String name, int absent) {
    int given = fields.integer(name, 64, 2048, absent);
    int rounded = (given + 16) / 32 * 32;
    if (rounded != given) {
      findings.warning(
          "%s %d is rounded to %d, the nearest multiple of 32".formatted(name, given, rounded));
    }
    return rounded;
  }

  private void noteWithoutEffect(Mode mode) {
    if (mode.lipSync() && fields.has("duration")) {
      findings.warning("duration is ignored: with audio_url the audio's length counts");
    }
    String keyframes = mode.multiframe() ? "with keyframes" : "without keyframes";
    List<String> ignored =
        mode.multiframe()
            ? List.of("image_url", "img_strength")
            : List.of("frame_alignment", "auto_buffer_guide");
    ignored.stream()
        .filter(fields::has)
        .forEach(name -> findings.warning(name + " has no effect " + keyframes));
    if (!mode.multiframe() && fields.bool("trim_to_audio")) {
      findings.warning("trim_to_audio has no effect without keyframes");
    }
  }
}
