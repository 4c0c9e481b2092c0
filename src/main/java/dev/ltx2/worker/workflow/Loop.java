package dev.ltx2.worker.workflow;

import java.util.Locale;
import java.util.Optional;

/** What a template's node is copied for ({@code for_each}). */
enum Loop {
  NONE,
  KEYFRAME,
  GUIDE;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Loop> named(String name) {
    return switch (name) {
      case "keyframe" -> Optional.of(KEYFRAME);
      case "guide" -> Optional.of(GUIDE);
      default -> Optional.empty();
    };
  }
}
