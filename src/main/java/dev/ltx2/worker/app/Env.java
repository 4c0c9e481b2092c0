package dev.ltx2.worker.app;

import dev.ltx2.worker.common.HttpUrls;
import dev.ltx2.worker.logging.LogLevel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads environment variables, notes what each means, and collects every fault. */
public final class Env {
  /**
   * One variable, for the table in docs/operations.md.
   *
   * @param fallback its default as a person would write it, empty when there is none
   */
  public record Variable(String name, String fallback, String meaning) {}

  private static final Pattern KEYS =
      Pattern.compile(
          "RUNPOD_.*|GCS_.*|LOCAL_API_KEY|GOOGLE_APPLICATION_CREDENTIALS|HF_TOKEN|AWS_.*|S3_.*"
              + "|BUCKET_.*");

  private final Map<String, String> values;
  private final List<Variable> variables = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  Env(Map<String, String> values) {
    this.values = values;
  }

  /** An environment for ComfyUI, which runs third-party code, without the worker's keys. */
  static Map<String, String> withoutKeys(Map<String, String> environment) {
    Map<String, String> kept = new HashMap<>(environment);
    kept.keySet().removeIf(name -> KEYS.matcher(name).matches());
    return kept;
  }

  List<Variable> variables() {
    return variables;
  }

  List<String> faults() {
    return faults;
  }

  Map<String, String> values() {
    return values;
  }

  /** Describes a variable that another room reads itself. */
  void describe(Variable variable) {
    variables.add(variable);
  }

  /** Empty counts as unset. */
  boolean isSet(String name) {
    return !values.getOrDefault(name, "").isBlank();
  }

  void fault(String sentence) {
    faults.add(sentence);
  }

  /** Platforms set unused variables to nothing, so empty means unset. */
  private Optional<String> value(String name, String fallback, String meaning) {
    describe(new Variable(name, fallback, meaning));
    return Optional.ofNullable(values.get(name)).map(String::strip).filter(text -> !text.isEmpty());
  }

  Optional<String> text(String name, String meaning) {
    return value(name, "", meaning);
  }

  String text(String name, String fallback, String meaning) {
    return value(name, fallback, meaning).orElse(fallback);
  }

  /** Words between commas. */
  Set<String> words(String name, String meaning) {
    return Arrays.stream(text(name, "", meaning).split(",", -1))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  Optional<Path> path(String name, String meaning) {
    return text(name, meaning).map(Path::of);
  }

  Path path(String name, String fallback, String meaning) {
    return Path.of(text(name, fallback, meaning));
  }

  Optional<URI> url(String name, String meaning) {
    return text(name, meaning)
        .flatMap(text -> {
          Optional<URI> url = HttpUrls.parse(text);
          if (url.isEmpty()) {
            faults.add(name + " must be an http or https URL, such as http://127.0.0.1:8188");
          }
          return url;
        });
  }

  /** A URL with placeholders, which only becomes a valid URL when they are filled. */
  Optional<String> template(String name, String meaning) {
    return text(name, meaning)
        .flatMap(text ->
            parsed(
                name,
                "must be an http or https URL, placeholders allowed",
                () -> {
                  if (!text.matches("https?://[^/?#\\s]+/\\S*")) {
                    throw new IllegalArgumentException("not http");
                  }
                  return text;
                }));
  }

  int integer(String name, int fallback, int least, int most, String meaning) {
    return (int) number(name, fallback, least, most, meaning);
  }

  long number(String name, long fallback, long least, long most, String meaning) {
    String rule = "must be a whole number from " + least + " to " + most;
    return value(name, Long.toString(fallback), meaning)
        .flatMap(text ->
            parsed(
                name,
                rule,
                () -> {
                  long number = Long.parseLong(text);
                  if (number < least || number > most) {
                    throw new IllegalArgumentException("out of range");
                  }
                  return number;
                }))
        .orElse(fallback);
  }

  Duration seconds(String name, int fallback, int least, int most, String meaning) {
    return Duration.ofSeconds(integer(name, fallback, least, most, meaning));
  }

  boolean flag(String name, boolean fallback, String meaning) {
    Function<String, Boolean> read =
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("neither");
            };
    return value(name, Boolean.toString(fallback), meaning)
        .flatMap(text -> parsed(name, "must be true or false", () -> read.apply(text)))
        .orElse(fallback);
  }

  <E extends Enum<E>> E choice(String name, Class<E> type, E fallback, String meaning) {
    return choice(name, type, written(fallback), meaning).orElse(fallback);
  }

  <E extends Enum<E>> Optional<E> choice(String name, Class<E> type, String meaning) {
    return choice(name, type, "", meaning);
  }

  /** With {@code fallback} as a person would write it, where it depends. */
  <E extends Enum<E>> Optional<E> choice(
      String name, Class<E> type, String fallback, String meaning) {
    List<String> names = Arrays.stream(type.getEnumConstants()).map(Env::written).toList();
    String rule = "must be one of " + String.join(", ", names);
    return value(name, fallback, meaning + ": " + String.join(", ", names))
        .flatMap(
            text -> parsed(name, rule, () -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT))));
  }

  private static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** In upper case, as in log lines; Python's names for two of them are accepted too. */
  Optional<LogLevel> logLevel(String name, String fallback, String meaning) {
    String names =
        Arrays.stream(LogLevel.values()).map(Enum::name).collect(Collectors.joining(", "));
    return value(name, fallback, meaning)
        .flatMap(text ->
            parsed(
                name,
                "must be one of " + names,
                () ->
                    switch (text.toUpperCase(Locale.ROOT)) {
                      case "NOTSET" -> LogLevel.TRACE;
                      case "WARNING" -> LogLevel.WARN;
                      case String level -> LogLevel.valueOf(level);
                    }));
  }

  private interface Parser<T> {
    T parse();
  }

  /** The value itself is not repeated: it may be a secret in the wrong variable. */
  private <T> Optional<T> parsed(String name, String rule, Parser<T> parser) {
    try {
      return Optional.of(parser.parse());
    } catch (IllegalArgumentException e) {
      faults.add(name + " " + rule);
      return Optional.empty();
    }
  }
}
