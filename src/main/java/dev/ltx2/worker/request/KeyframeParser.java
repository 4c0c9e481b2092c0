package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code keyframes}. */
final class KeyframeParser {
  static final int MOST = 9;

  private final Findings findings;
  private final Fields.RequestContext context;
  private final Fit fit;

  /**
   * A reader.
   *
   * @param fit what the request says for all of them
   */
  KeyframeParser(Findings findings, Fields.RequestContext context, Fit fit) {
    this.findings = findings;
    this.context = context;
    this.fit = fit;
  }

  /** Those that have a usable image; faults are noted. */
  List<Keyframe> parse(JsonNode given) {
    if (!given.isArray()) {
      findings.fault(
          "keyframes", "keyframes must be an array of 1 to 9 objects, got " + Redacted.kind(given));
      return List.of();
    }
    int count = given.size();
    if (count == 0) {
      findings.apiFault("keyframes", "At least 1 keyframe is required: keyframes is empty");
    } else if (count > MOST) {
      findings.apiFault("keyframes", "Maximum 9 keyframes supported: keyframes has " + count);
    }
    List<Keyframe> keyframes = new ArrayList<>();
    for (int i = 0; i < Math.min(count, MOST); i++) {
      keyframe(given.get(i), i, count).ifPresent(keyframes::add);
    }
    return keyframes;
  }

  /** Empty, with the fault noted, where it has no usable image. */
  private Optional<Keyframe> keyframe(JsonNode given, int index, int count) {
    String name = "keyframes[" + index + "]";
    if (!(given instanceof ObjectNode object)) {
      findings.fault(name, name + " must be an object with image_url, got " + Redacted.kind(given));
      return Optional.empty();
    }
    Fields fields = new Fields(object, name + ".", RequestField.KEYFRAME, findings, context);
    if (!fields.has(RequestField.IMAGE_URL)) {
      fields.fault(RequestField.IMAGE_URL, " is missing: each keyframe needs its image");
    }
    double defaultPosition = count == 1 ? 0 : (double) index / (count - 1);
    Optional<Source> image = fields.source(RequestField.IMAGE_URL);
    double position = position(fields, defaultPosition);
    double strength = fields.number(RequestField.STRENGTH, index == 0 ? 1.0 : 0.8);
    Fit own = RequestParser.fit(fields, fit);
    fields.noteUnknown();
    return image.map(source -> new Keyframe(source, position, strength, own));
  }

  private double position(Fields fields, double absent) {
    if (!fields.has(RequestField.FRAME_POSITION)) {
      return absent;
    }
    JsonNode given = fields.get(RequestField.FRAME_POSITION);
    if ("first".equals(given.textValue())) {
      return 0;
    }
    if ("last".equals(given.textValue())) {
      return 1;
    }
    Optional<BigDecimal> number =
        Fields.decimal(given).filter(context.rules().range(RequestField.FRAME_POSITION)::holds);
    if (number.isEmpty()) {
      fields.wrong(RequestField.FRAME_POSITION, "\"first\", \"last\" or a number from 0.0 to 1.0");
      return absent;
    }
    return number.get().doubleValue();
  }
}
