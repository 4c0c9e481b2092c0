package dev.ltx2.worker.workflow;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ValueNode;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a template may bind an input to: the plan's fields in snake_case, and the job's texts and
 * files. Always one number or one string, so that no request can add structure to a graph.
 */
@SuppressWarnings("ImmutableEnumChecker") // the functions capture nothing
enum Binding {
  WIDTH(Kind.INT, copy -> instance.numberNode(copy.plan().width())),
  HEIGHT(Kind.INT, copy -> instance.numberNode(copy.plan().height())),
  FPS(Kind.INT, copy -> instance.numberNode(copy.plan().fps())),
  DURATION(Kind.FLOAT, copy -> instance.numberNode(copy.plan().duration())),
  BUFFER_SECONDS(Kind.FLOAT, copy -> instance.numberNode(copy.plan().bufferSeconds())),
  CONTENT_FRAMES(Kind.INT, copy -> instance.numberNode(copy.plan().contentFrames())),
  FRAMES(Kind.INT, copy -> instance.numberNode(copy.plan().frames())),
  LENGTH(Kind.INT, copy -> instance.numberNode(copy.plan().length())),
  DELIVERED_FRAMES(Kind.INT, copy -> instance.numberNode(copy.plan().deliveredFrames())),
  AUDIO_FRAMES(Kind.INT, copy -> instance.numberNode(copy.plan().audioFrames().orElseThrow())),
  STEPS(Kind.INT, copy -> instance.numberNode(copy.plan().steps())),
  SEED(Kind.INT, copy -> instance.numberNode(copy.plan().seed())),
  LORA_CAMERA(Kind.FLOAT, copy -> instance.numberNode(copy.plan().loras().camera())),
  LORA_DISTILLED(Kind.FLOAT, copy -> instance.numberNode(copy.plan().loras().distilled())),
  LORA_DETAILER(Kind.FLOAT, copy -> instance.numberNode(copy.plan().loras().detailer())),
  IMG_COMPRESSION(Kind.INT, copy -> instance.numberNode(copy.plan().imgCompression())),
  IMG_STRENGTH(Kind.FLOAT, copy -> instance.numberNode(copy.plan().imgStrength())),
  PROMPT_POSITIVE(Kind.STRING, copy -> instance.textNode(copy.inputs().promptPositive())),
  PROMPT_NEGATIVE(Kind.STRING, copy -> instance.textNode(copy.inputs().promptNegative())),
  AUDIO(Kind.STRING, copy -> instance.textNode(Objects.requireNonNull(copy.inputs().audio()))),
  VIDEO_PREFIX(Kind.STRING, copy -> instance.textNode(copy.inputs().filePrefix() + "video")),
  AUDIO_PREFIX(Kind.STRING, copy -> instance.textNode(copy.inputs().filePrefix() + "audio")),
  /** The one image, or that of the copy's keyframe. */
  IMAGE(Kind.STRING, copy -> instance.textNode(copy.inputs().images().get(copy.keyframe() - 1))),
  /** Of a guide. */
  FRAME(Kind.INT, copy -> instance.numberNode(copy.ofGuide().frame())),
  /** Of a guide. */
  STRENGTH(Kind.FLOAT, copy -> instance.numberNode(copy.ofGuide().strength()));

  /** Types as ComfyUI calls them. */
  enum Kind {
    INT,
    FLOAT,
    STRING
  }

  private final Kind kind;
  private final Function<Copy, ValueNode> read;

  Binding(Kind kind, Function<Copy, ValueNode> read) {
    this.kind = kind;
    this.read = read;
  }

  Kind kind() {
    return kind;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  ValueNode of(Copy copy) {
    return read.apply(copy);
  }

  static Optional<Binding> named(String name) {
    return Arrays.stream(values()).filter(value -> value.label().equals(name)).findFirst();
  }

  static String labels() {
    return Arrays.stream(values()).map(Binding::label).collect(Collectors.joining(", "));
  }

  /**
   * For which copy of a node a value is wanted.
   *
   * @param index which copy, from 1; 0 for a node that is not copied
   * @param keyframe whose image it shows, from 1
   * @param guide null outside {@code for_each: guide}
   */
  record Copy(
      GenerationPlan plan, GraphInputs inputs, int index, int keyframe, @Nullable Guide guide) {
    /** The guide of a node that is copied per guide; the templates' check lets no other ask. */
    Guide ofGuide() {
      return Objects.requireNonNull(guide);
    }
  }
}
