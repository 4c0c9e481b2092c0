package dev.ltx2.worker.request;

import java.util.Arrays;
import java.util.List;

/** What errors say about the modes of a model set. */
final class ModesInWords {
  private ModesInWords() {}

  /** {@code give image_url and audio_url (mode 1) or keyframes and duration (mode 3b)}. */
  static String give(RequestRules rules) {
    return "give "
        + Words.or(
            served(rules).stream()
                .map(mode -> needs(mode) + " (mode " + mode.label() + ")")
                .toList());
  }

  static String notServed(Mode mode, RequestRules rules) {
    List<String> labels = served(rules).stream().map(Mode::label).toList();
    return "The model set %s has no mode %s (%s), only %s: %s"
        .formatted(rules.set(), mode.label(), needs(mode), Words.and(labels), give(rules));
  }

  /** The fields of which each request has one: {@code image_url}, {@code keyframes}. */
  static List<String> images(RequestRules rules) {
    return served(rules).stream().map(ModesInWords::image).distinct().toList();
  }

  /** The fields of which each request has one: {@code audio_url}, {@code duration}. */
  static List<String> lengths(RequestRules rules) {
    return served(rules).stream().map(ModesInWords::length).distinct().toList();
  }

  private static List<Mode> served(RequestRules rules) {
    return Arrays.stream(Mode.values()).filter(rules.modes()::contains).toList();
  }

  private static String needs(Mode mode) {
    return image(mode) + " and " + length(mode);
  }

  private static String image(Mode mode) {
    return (mode.multiframe() ? RequestField.KEYFRAMES : RequestField.IMAGE_URL).label();
  }

  private static String length(Mode mode) {
    return (mode.lipSync() ? RequestField.AUDIO_URL : RequestField.DURATION).label();
  }
}
