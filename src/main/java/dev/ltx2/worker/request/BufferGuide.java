package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What holds the image in the buffer behind the content ({@code auto_buffer_guide}, API v59). */
public enum BufferGuide {
  /** One more guide at the buffer's end, with the last keyframe's image and strength. */
  ADD_NODE,
  /** The last keyframe moves to the buffer's end. */
  EXTEND_LAST,
  /** Neither. */
  NONE;

  /** As requests write them; true and false are accepted too. */
  static final List<String> LABELS = Arrays.stream(values()).map(BufferGuide::label).toList();

  /** As requests write it. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a request says; empty when it is none of them. */
  static Optional<BufferGuide> of(JsonNode given) {
    if (given.isBoolean()) {
      return Optional.of(given.booleanValue() ? ADD_NODE : NONE);
    }
    return Arrays.stream(values())
        .filter(guide -> given.isTextual() && guide.label().equals(given.textValue()))
        .findFirst();
  }
}
