package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.output.OutputParser;
import dev.ltx2.worker.request.output.OutputPlace;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Turns a job's input into a {@link GenerationRequest}, or into the list of its faults. */
final class RequestParser {
  static final List<String> FITS = Arrays.stream(Fit.values()).map(Fit::label).toList();

  private static final BigDecimal DRAW = BigDecimal.valueOf(-1);

  private final ObjectNode input;
  private final Findings findings = new Findings();
  private final Fields fields;
  private final Fields.RequestContext context;
  private final RequestRules rules;

  RequestParser(ObjectNode input, AcceptedSources sources, RequestRules rules) {
    this.input = input;
    this.rules = rules;
    this.context = new Fields.RequestContext(sources, rules);
    this.fields = new Fields(input, "", RequestField.REQUEST, findings, context);
  }

  /** Reads every field, so that all faults come out at once, in this order. */
  GenerationRequest parse() throws InvalidRequestException {
    Optional<Mode> mode = mode();
    Fit fit = fit(fields, Fit.PAD);
    Contents contents = contents(fit);
    Prompts prompts = prompts();
    Preset preset = preset();
    Shape shape = shape();
    SamplerSettings sampling = sampling(preset);
    Guidance guidance = guidance();
    OutputPlace output = OutputParser.parse(input, findings);
    Mode selected = faultless(mode, fields.bool(RequestField.STRICT));
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
        sampling.steps(),
        sampling.seed(),
        sampling.loras(),
        sampling.schedule(),
        guidance.compression(),
        guidance.strength(),
        fit,
        guidance.alignment(),
        shape.bufferGuide(),
        shape.trim() && selected.multiframe(),
        guidance.speechNoise(),
        output,
        fields.given(),
        findings.warnings());
  }

  private record Contents(
      List<Source> images,
      Optional<Source> audio,
      OptionalDouble duration,
      List<Keyframe> keyframes) {}

  private Contents contents(Fit fit) {
    Optional<Source> image = fields.source(RequestField.IMAGE_URL);
    Optional<Source> audio = fields.source(RequestField.AUDIO_URL);
    OptionalDouble duration =
        fields.has(RequestField.AUDIO_URL) ? OptionalDouble.empty() : duration();
    if (!fields.has(RequestField.KEYFRAMES)) {
      return new Contents(image.stream().toList(), audio, duration, List.of());
    }
    List<Keyframe> keyframes =
        new KeyframeParser(findings, context, fit).parse(fields.get(RequestField.KEYFRAMES));
    return new Contents(
        keyframes.stream().map(Keyframe::image).toList(), audio, duration, keyframes);
  }

  private record Prompts(String positive, String negative) {}

  private Prompts prompts() {
    boolean lipSync = fields.has(RequestField.AUDIO_URL);
    return new Prompts(
        fields.prompt(
            RequestField.PROMPT_POSITIVE,
            lipSync ? DefaultPrompts.SPEECH_POSITIVE : DefaultPrompts.AUDIO_POSITIVE),
        fields.prompt(
            RequestField.PROMPT_NEGATIVE,
            lipSync ? DefaultPrompts.SPEECH_NEGATIVE : DefaultPrompts.AUDIO_NEGATIVE));
  }

  /** What surrounds the content: the buffer behind it, the frame around it. */
  private record Shape(
      BufferGuide bufferGuide,
      boolean trim,
      int width,
      int height,
      int fps,
      double bufferSeconds) {}

  private Shape shape() {
    return new Shape(
        bufferGuide(),
        fields.bool(RequestField.TRIM_TO_AUDIO),
        pixels(RequestField.WIDTH),
        pixels(RequestField.HEIGHT),
        fields.integer(RequestField.FPS),
        fields.number(RequestField.BUFFER_SECONDS));
  }

  private record SamplerSettings(int steps, OptionalLong seed, Loras loras, String schedule) {}

  private SamplerSettings sampling(Preset preset) {
    int steps = fields.integer(RequestField.STEPS, preset.steps());
    OptionalLong seed = seed();
    Loras absent = preset.loras();
    Loras loras =
        new Loras(
            lora(RequestField.LORA_CAMERA, absent.camera()),
            lora(RequestField.LORA_DISTILLED, absent.distilled()),
            lora(RequestField.LORA_DETAILER, absent.detailer()),
            lora(RequestField.LORA_I2V, absent.i2v()));
    String schedule = fields.choice(RequestField.SCHEDULE, rules.schedules(), rules.schedule());
    return new SamplerSettings(steps, seed, loras, schedule);
  }

  /** How images and speech are given to the model. */
  private record Guidance(int compression, double strength, int alignment, double speechNoise) {}

  private Guidance guidance() {
    return new Guidance(
        fields.integer(RequestField.IMG_COMPRESSION),
        fields.number(RequestField.IMG_STRENGTH),
        fields.integer(RequestField.FRAME_ALIGNMENT),
        fields.number(RequestField.SPEECH_NOISE));
  }

  private double lora(RequestField field, double absent) {
    return rules.has(field) ? fields.number(field, absent) : 0;
  }

  private OptionalLong seed() {
    if (!fields.has(RequestField.SEED)) {
      return OptionalLong.empty();
    }
    Range range = rules.range(RequestField.SEED);
    Optional<BigDecimal> value =
        Fields.decimal(fields.get(RequestField.SEED))
            .filter(seed -> range.holds(seed) || seed.compareTo(DRAW) == 0)
            .filter(Fields::isWhole);
    if (value.isEmpty()) {
      fields.wrong(RequestField.SEED, "an integer " + range.text() + ", or -1 to draw one");
    }
    return value.filter(range::holds).stream().mapToLong(BigDecimal::longValueExact).findFirst();
  }

  /** When every field has been read: a faulty request ends here, one without a mode is faulty. */
  private Mode faultless(Optional<Mode> mode, boolean strict) throws InvalidRequestException {
    fields.noteUnknown();
    if (strict) {
      findings.beStrict();
    } else if (mode.isEmpty()) {
      findings.blameUnknownFields();
    }
    findings.throwFaults();
    return mode.orElseThrow();
  }

  /** The mode the fields select; empty, with the fault noted, when the set serves none of them. */
  private Optional<Mode> mode() {
    boolean keyframes = fields.has(RequestField.KEYFRAMES);
    boolean audio = fields.has(RequestField.AUDIO_URL);
    boolean images = keyframes || fields.has(RequestField.IMAGE_URL);
    boolean length = audio || fields.has(RequestField.DURATION);
    if (!images && !length) {
      findings.fault(FieldFault.WHOLE, "The input selects no mode: " + ModesInWords.give(rules));
    } else if (!images) {
      missing(ModesInWords.images(rules));
    } else if (!length) {
      missing(ModesInWords.lengths(rules));
    } else {
      Mode mode = Mode.of(keyframes, audio);
      if (rules.modes().contains(mode)) {
        return Optional.of(mode);
      }
      findings.fault(FieldFault.WHOLE, ModesInWords.notServed(mode, rules));
    }
    return Optional.empty();
  }

  private void missing(List<String> names) {
    findings.fault(names.getFirst(), Words.or(names) + " is missing: " + ModesInWords.give(rules));
  }

  private OptionalDouble duration() {
    if (!fields.has(RequestField.DURATION)) {
      return OptionalDouble.empty();
    }
    JsonNode given = fields.get(RequestField.DURATION);
    Range range = rules.range(RequestField.DURATION);
    Optional<BigDecimal> number = Fields.decimal(given);
    if (number.isEmpty()) {
      fields.wrong(RequestField.DURATION, "a number " + range.text());
      return OptionalDouble.empty();
    }
    String is = ": duration is " + Redacted.value(given);
    BigDecimal seconds = number.get();
    if (seconds.compareTo(range.min()) < 0) {
      findings.apiFault("duration", GenerationRequest.TOO_SHORT + is);
    } else if (seconds.compareTo(range.max()) > 0) {
      findings.apiFault("duration", GenerationRequest.TOO_LONG + is);
    }
    return OptionalDouble.of(seconds.doubleValue());
  }

  private Preset preset() {
    List<String> labels = rules.presets().stream().map(Preset::label).toList();
    String label = fields.choice(RequestField.QUALITY_PRESET, labels, rules.preset());
    return rules.presetNamed(label).orElseThrow();
  }

  private BufferGuide bufferGuide() {
    if (!fields.has(RequestField.AUTO_BUFFER_GUIDE)) {
      return BufferGuide.ADD_NODE;
    }
    Optional<BufferGuide> given = BufferGuide.of(fields.get(RequestField.AUTO_BUFFER_GUIDE));
    if (given.isEmpty()) {
      fields.wrong(
          RequestField.AUTO_BUFFER_GUIDE, "true, \"add_node\", \"extend_last\", false or \"none\"");
    }
    return given.orElse(BufferGuide.ADD_NODE);
  }

  /** Of a request, or of one of its keyframes. */
  static Fit fit(Fields fields, Fit absent) {
    return Fit.valueOf(
        fields.choice(RequestField.FIT, FITS, absent.label()).toUpperCase(Locale.ROOT));
  }

  /** LTX-2 knows multiples of 32 only, and ComfyUI would floor anything else without a word. */
  private int pixels(RequestField field) {
    int given = fields.integer(field);
    int delivered = rules.sizes().delivered(given);
    if (delivered != given) {
      findings.warning(
          rules.sizes().exact()
              ? "%s %d is made even: %d".formatted(field.label(), given, delivered)
              : "%s %d is rounded to %d, the nearest multiple of %d"
                  .formatted(field.label(), given, delivered, rules.sizes().multipleOf()));
    }
    return delivered;
  }

  private void noteWithoutEffect(Mode mode) {
    if (mode.lipSync() && fields.has(RequestField.DURATION)) {
      findings.warning("duration is ignored: with audio_url the audio's length counts");
    }
    for (RequestField field : RequestField.REQUEST) {
      if (asksForSomething(field) && !field.modes().contains(mode)) {
        findings.warning(fields.name(field) + " has no effect " + because(field));
      }
    }
  }

  /** False and 0 ask for nothing where the field counts for nothing. */
  private boolean asksForSomething(RequestField field) {
    return switch (field) {
      case DURATION -> false;
      case TRIM_TO_AUDIO -> fields.bool(field);
      case SPEECH_NOISE -> fields.number(field) > 0;
      default -> fields.has(field);
    };
  }

  private static String because(RequestField field) {
    if (field == RequestField.SPEECH_NOISE) {
      return "without audio_url";
    }
    return field.modes().stream().allMatch(Mode::multiframe)
        ? "without keyframes"
        : "with keyframes";
  }
}
