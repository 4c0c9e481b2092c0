package dev.ltx2.worker.request.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import okhttp3.HttpUrl;

/** Reads where the video is wanted. No fault repeats a value: each may be a key. */
public final class OutputParser {
  /** Which headers a request may give; in lower case. */
  public static final String HEADER_NAMES =
      "content-type|cache-control|x-(amz|goog|ms)-[a-z0-9-]{1,100}";

  /** Printable ASCII, as an HTTP header has it. */
  public static final String HEADER_VALUE = "[!-~]([ -~]{0,998}[!-~])?";

  public static final String BUCKET_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]";
  public static final String KEY = "[!-~]{1,512}";

  /** An http or https URL with a host. */
  public static final String ADDRESS = "[Hh][Tt][Tt][Pp][Ss]?://[^/\\\\?#\\s]\\S{0,8000}";

  /** Fields of {@code s3Config}, with what each must match. */
  public static final Map<String, String> S3_CONFIG =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  "accessId", KEY,
                  "accessSecret", KEY,
                  "bucketName", BUCKET_NAME,
                  "endpointUrl", ADDRESS)));

  /** Hears what is wrong, or does nothing. */
  public interface Listener {
    /** The sentence begins with the field's name. */
    void fault(String field, String sentence);

    void withoutEffect(String field, String sentence);
  }

  private static final String URL_FIELD = "output_url";
  private static final String HEADERS_FIELD = "output_headers";
  private static final String BUCKET_FIELD = "s3Config";
  private final Listener heard;

  private OutputParser(Listener heard) {
    this.heard = heard;
  }

  /** Reads the three fields of a request; what is null is not given. */
  public static OutputPlace parse(ObjectNode input, Listener heard) {
    OutputParser parser = new OutputParser(heard);
    Optional<OutputPlace> address = parser.address(input);
    Optional<OutputPlace> bucket = parser.bucket(input);
    if (input.hasNonNull(URL_FIELD) && input.hasNonNull(BUCKET_FIELD)) {
      parser.fault(URL_FIELD, " and s3Config each name a place: give one of them");
    }
    return address.or(() -> bucket).orElseGet(OutputPlace.Usual::new);
  }

  private void fault(String field, String rest) {
    heard.fault(field, field + rest);
  }

  private Optional<OutputPlace> address(ObjectNode input) {
    Map<String, String> headers =
        input.hasNonNull(HEADERS_FIELD) ? headers(input.get(HEADERS_FIELD)) : Map.of();
    if (!input.hasNonNull(URL_FIELD)) {
      if (input.hasNonNull(HEADERS_FIELD)) {
        heard.withoutEffect(HEADERS_FIELD, "output_headers has no effect without output_url");
      }
      return Optional.empty();
    }
    Optional<HttpUrl> url = url(input.get(URL_FIELD));
    if (url.isEmpty()) {
      fault(URL_FIELD, " must be an https URL");
    }
    return url.map(there -> new OutputPlace.Address(there, headers));
  }

  private Map<String, String> headers(JsonNode given) {
    Map<String, String> headers = new LinkedHashMap<>();
    if (!given.isObject()) {
      fault(HEADERS_FIELD, " must be an object of headers");
    }
    given
        .properties()
        .forEach(header -> {
          String name = header.getKey().toLowerCase(Locale.ROOT);
          if (!name.matches(HEADER_NAMES)) {
            fault(
                HEADERS_FIELD,
                " may have Content-Type, Cache-Control, x-amz-*, x-goog-* and x-ms-* alone");
          } else if (!matches(header.getValue(), HEADER_VALUE)) {
            fault(HEADERS_FIELD, ": " + name + " must be text of printable ASCII");
          } else if (headers.put(name, header.getValue().textValue()) != null) {
            fault(HEADERS_FIELD, " has " + name + " twice");
          }
        });
    return headers;
  }

  private Optional<OutputPlace> bucket(ObjectNode input) {
    if (!input.hasNonNull(BUCKET_FIELD)) {
      return Optional.empty();
    }
    JsonNode given = input.get(BUCKET_FIELD);
    if (!given.isObject()) {
      fault(BUCKET_FIELD, " must be an object");
      return Optional.empty();
    }
    List<String> wrong =
        S3_CONFIG.entrySet().stream()
            .filter(field -> !matches(given.path(field.getKey()), field.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    Optional<HttpUrl> endpoint = url(given.path("endpointUrl"));
    if (!wrong.isEmpty() || endpoint.isEmpty()) {
      fault(
          BUCKET_FIELD,
          " needs accessId, accessSecret, bucketName (the name alone) and endpointUrl (an https"
              + " URL); missing or wrong: "
              + (wrong.isEmpty() ? "endpointUrl" : String.join(", ", wrong)));
      return Optional.empty();
    }
    return Optional.of(
        new OutputPlace.S3Config(
            endpoint.get(),
            given.get("bucketName").textValue(),
            given.get("accessId").textValue(),
            given.get("accessSecret").textValue()));
  }

  private static boolean matches(JsonNode value, String pattern) {
    return value.isTextual() && value.textValue().matches(pattern);
  }

  private static Optional<HttpUrl> url(JsonNode value) {
    return matches(value, ADDRESS)
        ? Optional.ofNullable(HttpUrl.parse(value.textValue()))
        : Optional.empty();
  }
}
