package dev.ltx2.worker.request;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The table of the request's fields, in the order of docs/api.md: what the parser reads by, and
 * what {@link RequestSchema} is made of. Ranges and defaults are those of {@link RequestRules}.
 */
@SuppressWarnings("ImmutableEnumChecker") // both collections are copies that nobody can change
enum RequestField {
  IMAGE_URL(
      FieldType.SOURCE, modes(Mode.LIPSYNC, Mode.AUDIO_GEN), "The image the video begins with"),
  AUDIO_URL(
      FieldType.SOURCE,
      modes(Mode.LIPSYNC, Mode.MULTIFRAME_LIPSYNC),
      "The speech, 1 to 30.5 seconds; it decides the video's length"),
  DURATION(
      FieldType.NUMBER,
      modes(Mode.AUDIO_GEN, Mode.MULTIFRAME_AUDIO_GEN),
      "Seconds of a video whose audio is generated"),
  KEYFRAMES(
      FieldType.KEYFRAMES,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "The images that guide the video, one to nine"),
  PROMPT_POSITIVE(FieldType.TEXT, Mode.values(), "What the video shows", "prompt"),
  PROMPT_NEGATIVE(
      FieldType.TEXT,
      Mode.values(),
      "What it must not show; without influence at cfg 1.0",
      "negative_prompt"),
  QUALITY_PRESET(FieldType.CHOICE, Mode.values(), "Sets steps and LoRA strengths"),
  WIDTH(FieldType.INTEGER, Mode.values(), "Pixels"),
  HEIGHT(FieldType.INTEGER, Mode.values(), "Pixels"),
  FPS(FieldType.INTEGER, Mode.values(), "Frames a second"),
  BUFFER_SECONDS(
      FieldType.NUMBER, Mode.values(), "More video behind the content, against artefacts"),
  STEPS(FieldType.INTEGER, Mode.values(), "Sampling steps"),
  SEED(FieldType.INTEGER, Mode.values(), "Same seed, same video; -1 draws one"),
  LORA_CAMERA(FieldType.NUMBER, Mode.values(), "Strength of the slow dolly-in; 0 does not load it"),
  LORA_DISTILLED(FieldType.NUMBER, Mode.values(), "Strength of the LoRA for few steps"),
  LORA_DETAILER(FieldType.NUMBER, Mode.values(), "Strength of the LoRA for detail"),
  LORA_I2V(FieldType.NUMBER, Mode.values(), "Strength of the LoRA that holds the image"),
  IMG_COMPRESSION(
      FieldType.INTEGER,
      Mode.values(),
      "How much images are degraded first; low values may freeze the start"),
  IMG_STRENGTH(
      FieldType.NUMBER,
      modes(Mode.LIPSYNC, Mode.AUDIO_GEN),
      "Hold of the image on the first frame"),
  FRAME_ALIGNMENT(
      FieldType.INTEGER,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "Keyframes stand on multiples of this frame number"),
  AUTO_BUFFER_GUIDE(
      FieldType.CHOICE,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "What holds the image in the buffer"),
  TRIM_TO_AUDIO(
      FieldType.BOOLEAN,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "Whether the buffer is cut off again"),
  SCHEDULE(FieldType.CHOICE, Mode.values(), "The sampling schedule, by name"),
  SPEECH_NOISE(
      FieldType.NUMBER,
      modes(Mode.LIPSYNC, Mode.MULTIFRAME_LIPSYNC),
      "Noise in the speech that the model hears, which moves the face; not in the video"),
  FIT(
      FieldType.CHOICE,
      Mode.values(),
      "Images of another shape: whole with black sides (pad), or filling and cut (crop)"),
  OUTPUT_URL(
      FieldType.ADDRESS,
      Mode.values(),
      "An address that takes the video by one PUT, as presigned ones do; a secret"),
  OUTPUT_HEADERS(
      FieldType.HEADERS, Mode.values(), "Headers of that PUT, as the address was signed with them"),
  S3CONFIG(
      FieldType.S3_CONFIG,
      Mode.values(),
      "A bucket of the client's own that speaks S3, with its keys; instead of output_url"),
  STRICT(FieldType.BOOLEAN, Mode.values(), "Whether fields that would be ignored are errors"),
  FRAME_POSITION(
      FieldType.POSITION,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "Where in the content the keyframe stands"),
  STRENGTH(
      FieldType.NUMBER,
      modes(Mode.MULTIFRAME_LIPSYNC, Mode.MULTIFRAME_AUDIO_GEN),
      "How much the keyframe guides its frame");

  /** What a value may be. */
  enum FieldType {
    SOURCE,
    TEXT,
    INTEGER,
    NUMBER,
    BOOLEAN,
    /** One of a few words; {@code auto_buffer_guide} also takes booleans. */
    CHOICE,
    KEYFRAMES,
    /** A word, or a number from 0 to 1. */
    POSITION,
    /** A URL to send to. */
    ADDRESS,
    HEADERS,
    /** As the platform itself has it; {@code OutputParser} knows its fields. */
    S3_CONFIG
  }

  /** Fields of an element of {@code keyframes}. */
  static final Set<RequestField> KEYFRAME = EnumSet.of(IMAGE_URL, FRAME_POSITION, STRENGTH, FIT);

  /** Fields of the request itself. */
  static final Set<RequestField> REQUEST =
      EnumSet.complementOf(EnumSet.of(FRAME_POSITION, STRENGTH));

  private final FieldType type;
  private final Set<Mode> modes;
  private final String meaning;
  private final List<String> aliases;

  RequestField(FieldType type, Mode[] modes, String meaning, String... aliases) {
    this.type = type;
    this.modes = Set.of(modes);
    this.meaning = meaning;
    this.aliases = List.of(aliases);
  }

  private static Mode[] modes(Mode... modes) {
    return modes;
  }

  /** Its name in JSON. */
  String label() {
    return this == S3CONFIG ? "s3Config" : name().toLowerCase(Locale.ROOT);
  }

  FieldType type() {
    return type;
  }

  /** The modes in which it does something. */
  Set<Mode> modes() {
    return modes;
  }

  /** One sentence, without a full stop. */
  String meaning() {
    return meaning;
  }

  /** Name and aliases. */
  Stream<String> allNames() {
    return Stream.concat(Stream.of(label()), aliases.stream());
  }

  /** Every name a request may have, aliases too. */
  static List<String> names() {
    return REQUEST.stream().flatMap(RequestField::allNames).toList();
  }
}
