package dev.ltx2.worker.workflow;

import static com.fasterxml.jackson.databind.node.JsonNodeFactory.instance;

import com.fasterxml.jackson.databind.node.ValueNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a template may bind an input to: the plan's fields in snake_case, and the job's texts and
 * files. Always one number or one string, so that no request can add structure to a graph.
 */
@SuppressWarnings("ImmutableEnumChecker") // the functions capture nothing
enum Binding {
  WIDTH(Type.INT, from -> instance.numberNode(from.plan().width())),
  HEIGHT(Type.INT, from -> instance.numberNode(from.plan().height())),
  GENERATED_WIDTH(Type.INT, from -> instance.numberNode(from.plan().sampling().width())),
  GENERATED_HEIGHT(Type.INT, from -> instance.numberNode(from.plan().sampling().height())),
  HALF_WIDTH(Type.INT, from -> instance.numberNode(from.plan().sampling().width() / 2)),
  HALF_HEIGHT(Type.INT, from -> instance.numberNode(from.plan().sampling().height() / 2)),
  CUT_LEFT(Type.INT, from -> instance.numberNode(from.cutLeft())),
  CUT_TOP(Type.INT, from -> instance.numberNode(from.cutTop())),
  FPS(Type.INT, from -> instance.numberNode(from.plan().fps())),
  DURATION(Type.FLOAT, from -> instance.numberNode(from.plan().duration())),
  BUFFER_SECONDS(Type.FLOAT, from -> instance.numberNode(from.plan().bufferSeconds())),
  CONTENT_FRAMES(Type.INT, from -> instance.numberNode(from.plan().contentFrames())),
  FRAMES(Type.INT, from -> instance.numberNode(from.plan().frames())),
  LENGTH(Type.INT, from -> instance.numberNode(from.plan().length())),
  DELIVERED_FRAMES(Type.INT, from -> instance.numberNode(from.plan().deliveredFrames())),
  AUDIO_FRAMES(Type.INT, from -> instance.numberNode(from.plan().audioFrames().orElseThrow())),
  STEPS(Type.INT, from -> instance.numberNode(from.plan().steps())),
  SIGMAS(Type.STRING, from -> instance.textNode(from.sigmas(1))),
  SIGMAS_2(Type.STRING, from -> instance.textNode(from.sigmas(2))),
  SEED(Type.INT, from -> instance.numberNode(from.plan().seed())),
  LORA_CAMERA(Type.FLOAT, from -> instance.numberNode(from.plan().loras().camera())),
  LORA_DISTILLED(Type.FLOAT, from -> instance.numberNode(from.plan().loras().distilled())),
  LORA_DETAILER(Type.FLOAT, from -> instance.numberNode(from.plan().loras().detailer())),
  LORA_I2V(Type.FLOAT, from -> instance.numberNode(from.plan().loras().i2v())),
  IMG_COMPRESSION(Type.INT, from -> instance.numberNode(from.plan().imgCompression())),
  IMG_STRENGTH(Type.FLOAT, from -> instance.numberNode(from.plan().imgStrength())),
  PROMPT_POSITIVE(Type.STRING, from -> instance.textNode(from.inputs().promptPositive())),
  PROMPT_NEGATIVE(Type.STRING, from -> instance.textNode(from.inputs().promptNegative())),
  AUDIO(Type.STRING, from -> instance.textNode(Objects.requireNonNull(from.inputs().audio()))),
  VIDEO_PREFIX(Type.STRING, from -> instance.textNode(from.inputs().filePrefix() + "video")),
  AUDIO_PREFIX(Type.STRING, from -> instance.textNode(from.inputs().filePrefix() + "audio")),
  /** The one image, or that of the copy's keyframe. */
  IMAGE(Type.STRING, from -> instance.textNode(from.inputs().images().get(from.keyframe() - 1))),
  /** The size that the image is to fill; 0 where it is padded. */
  CROP_WIDTH(Type.INT, from -> instance.numberNode(from.crop() ? from.plan().width() : 0)),
  /** Like the width. */
  CROP_HEIGHT(Type.INT, from -> instance.numberNode(from.crop() ? from.plan().height() : 0)),
  /** Of a guide. */
  FRAME(Type.INT, from -> instance.numberNode(from.ofGuide().frame())),
  /** Of a guide. */
  STRENGTH(Type.FLOAT, from -> instance.numberNode(from.ofGuide().strength()));

  /** Types as ComfyUI calls them. */
  enum Type {
    INT,
    FLOAT,
    STRING
  }

  private final Type type;
  private final Function<BindingContext, ValueNode> read;

  Binding(Type type, Function<BindingContext, ValueNode> read) {
    this.type = type;
    this.read = read;
  }

  Type type() {
    return type;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  ValueNode of(BindingContext context) {
    return read.apply(context);
  }

  static Optional<Binding> named(String name) {
    return Arrays.stream(values()).filter(value -> value.label().equals(name)).findFirst();
  }

  static String labels() {
    return Arrays.stream(values()).map(Binding::label).collect(Collectors.joining(", "));
  }
}
