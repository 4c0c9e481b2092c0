package dev.ltx2.worker.storage.gcs;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.HttpUrls;
import dev.ltx2.worker.storage.client.Bucket;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.StoreClient;
import dev.ltx2.worker.storage.client.StoreVariables;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A bucket of Google Cloud Storage.
 *
 * @param prefix of object names, without slashes at its ends; may be empty
 * @param signedUrlTtl 1 s to 7 days
 * @param emulator an emulator's base URL; then there are no credentials
 */
public record GcsBucket(
    String name,
    String prefix,
    UrlKind url,
    Duration signedUrlTtl,
    Optional<URI> emulator,
    GcsCredentials credentials)
    implements Bucket {
  /** {@code GCS_BUCKET}. */
  public static final String VARIABLE = "GCS_BUCKET";

  /** Empty where none is set. All is read in any case: what is not understood stops the start. */
  public static Optional<GcsBucket> read(StoreVariables variables) {
    GcsBucket read = read(variables, variables.get(VARIABLE).orElse("no-bucket"));
    return variables.get(VARIABLE).map(_ -> read);
  }

  private static GcsBucket read(StoreVariables variables, String name) {
    if (!name.matches("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")) {
      variables.fault("GCS_BUCKET must be a bucket's name alone, as in my-videos");
    }
    String prefix = variables.prefix("GCS_PREFIX");
    Optional<URI> emulator =
        variables.get("STORAGE_EMULATOR_HOST").map(text -> emulator(variables, text));
    UrlKind url = variables.urlKind("GCS_URL", UrlKind.PUBLIC);
    if (url == UrlKind.SIGNED && emulator.isPresent()) {
      variables.fault(
          "GCS_URL=signed needs credentials, and with STORAGE_EMULATOR_HOST there are none; use"
              + " GCS_URL=public");
    }
    return new GcsBucket(
        name,
        prefix,
        url,
        variables.lifetime("GCS_SIGNED_URL_TTL"),
        emulator,
        credentials(variables));
  }

  private static GcsCredentials credentials(StoreVariables variables) {
    Optional<String> json = variables.get("GCS_CREDENTIALS_JSON");
    Optional<Path> file = variables.path("GOOGLE_APPLICATION_CREDENTIALS");
    if (json.isPresent() && file.isPresent()) {
      variables.fault("Set GOOGLE_APPLICATION_CREDENTIALS or GCS_CREDENTIALS_JSON, not both");
    }
    return json.<GcsCredentials>map(GcsCredentials.Json::new)
        .or(() -> file.map(GcsCredentials.File::new))
        .orElseGet(GcsCredentials.ApplicationDefault::new);
  }

  /** Other clients of the emulators take {@code host:port} too. */
  private static URI emulator(StoreVariables variables, String text) {
    String url = text.contains("://") ? text : "http://" + text;
    return HttpUrls.parse(url.replaceAll("/+$", ""))
        .orElseGet(() -> {
          variables.fault("STORAGE_EMULATOR_HOST must be an http or https URL");
          return URI.create("http://localhost");
        });
  }

  @Override
  public String store() {
    return "GCS";
  }

  @Override
  public String id() {
    return name;
  }

  @Override
  public String setting() {
    return VARIABLE + "=" + name;
  }

  @Override
  public String uri(String object) {
    return "gs://" + name + "/" + object;
  }

  @Override
  public String promised(String object) {
    return url == UrlKind.PUBLIC ? publicUrl(object) : uri(object);
  }

  /** An object's address where the bucket is public. */
  String publicUrl(String object) {
    StringBuilder address = new StringBuilder("https://storage.googleapis.com/").append(name);
    for (String segment : object.split("/", -1)) {
      address
          .append('/')
          .append(URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"));
    }
    return address.toString();
  }

  @Override
  public StoreClient client(UploadTimeouts patience, Clock time) {
    return new GcsStoreClient(this, patience);
  }

  @Override
  public List<StoreCheck> probe(UploadTimeouts patience) {
    return GcsProbe.run(this, patience);
  }
}
