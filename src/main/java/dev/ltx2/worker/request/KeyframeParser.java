package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.Set;

/** Reads one element of {@code keyframes}. */
final class KeyframeParser {
  private static final Set<String> FIELDS = Set.of("image_url", "frame_position", "strength");

  private KeyframeParser() {}

  /** Empty, with the fault noted, where it has no usable image. */
  static Optional<Keyframe> parse(
      JsonNode given, int index, int count, Findings findings, AcceptedSources sources) {
    String name = "keyframes[" + index + "]";
    if (!(given instanceof ObjectNode object)) {
      findings.fault(name + " must be an object with image_url, got " + Redacted.kind(given));
      return Optional.empty();
    }
    Fields fields = new Fields(object, name + ".", findings, sources);
    if (!fields.has("image_url")) {
      findings.fault(name + ".image_url is missing: each keyframe needs its image");
    }
    double defaultPosition = count == 1 ? 0 : (double) index / (count - 1);
    Optional<Source> image = fields.source("image_url");
    double position = position(fields, defaultPosition);
    double strength = fields.number("strength", 0, 1, index == 0 ? 1.0 : 0.8);
    fields.noteUnknown(FIELDS);
    return image.map(source -> new Keyframe(source, position, strength));
  }

  private static double position(Fields fields, double absent) {
    if (!fields.has("frame_position")) {
      return absent;
    }
    JsonNode given = fields.get("frame_position");
    if ("first".equals(given.textValue())) {
      return 0;
    }
    if ("last".equals(given.textValue())) {
      return 1;
    }
    Optional<BigDecimal> number =
        Fields.decimal(given)
            .filter(value -> value.signum() >= 0 && value.compareTo(BigDecimal.ONE) <= 0);
    if (number.isEmpty()) {
      fields.wrong("frame_position", "\"first\", \"last\" or a number from 0.0 to 1.0");
      return absent;
    }
    return number.get().doubleValue();
  }
}
