package dev.ltx2.worker.storage.client;

import dev.ltx2.worker.common.HttpUrls;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The environment as stores read it; an empty variable counts as unset. Faults do not repeat a
 * value: it may be a key in the wrong variable.
 */
public final class StoreVariables {
  /** V4 signatures end after a week at the latest; the default is as long as they can. */
  public static final Duration MAX_SIGNED_URL_TTL = Duration.ofDays(7);

  private static final int MAX_PREFIX = 500;
  private final Map<String, String> environment;
  private final List<String> faults = new ArrayList<>();

  public StoreVariables(Map<String, String> environment) {
    this.environment = environment;
  }

  /** One sentence each, with the variable's name. */
  public List<String> faults() {
    return faults;
  }

  /** Notes one more. */
  public void fault(String sentence) {
    faults.add(sentence);
  }

  public Optional<String> get(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  public Optional<Path> path(String name) {
    try {
      return get(name).map(Path::of);
    } catch (InvalidPathException e) {
      fault(name + " must be a path");
      return Optional.empty();
    }
  }

  public Optional<URI> url(String name) {
    return get(name)
        .flatMap(text -> {
          Optional<URI> url =
              HttpUrls.parse(text.replaceAll("/+$", ""))
                  .filter(uri ->
                      uri.getUserInfo() == null
                          && uri.getQuery() == null
                          && uri.getFragment() == null);
          if (url.isEmpty()) {
            fault(name + " must be an http or https URL without user, query and fragment");
          }
          return url;
        });
  }

  /** Without slashes at its ends. */
  public String prefix(String name) {
    String prefix = get(name).orElse("ugc_media").replaceAll("^/+|/+$", "");
    if (prefix.length() > MAX_PREFIX || prefix.chars().anyMatch(Character::isISOControl)) {
      fault(name + " must have at most 500 characters and no control characters");
    }
    return prefix;
  }

  public UrlKind urlKind(String name, UrlKind absent) {
    return switch (get(name).map(text -> text.toLowerCase(Locale.ROOT)).orElse("")) {
      case "" -> absent;
      case "public" -> UrlKind.PUBLIC;
      case "signed" -> UrlKind.SIGNED;
      default -> {
        fault(name + " must be public or signed");
        yield absent;
      }
    };
  }

  /** How long an address with a signature is valid. */
  public Duration lifetime(String name) {
    long max = MAX_SIGNED_URL_TTL.toSeconds();
    Optional<String> text = get(name);
    if (text.isEmpty()) {
      return MAX_SIGNED_URL_TTL;
    }
    if (text.get().matches("[0-9]{1,9}")) {
      long seconds = Long.parseLong(text.get());
      if (seconds >= 1 && seconds <= max) {
        return Duration.ofSeconds(seconds);
      }
    }
    fault(name + " must be 1 to " + max + " seconds");
    return MAX_SIGNED_URL_TTL;
  }
}
