package dev.ltx2.worker.storage.gcs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.ServiceAccountSigner;
import com.google.auth.oauth2.ExternalAccountCredentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ImpersonatedCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.auth.oauth2.UserCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/** Builds the official client. */
public final class GcsClient {
  /**
   * Bytes per request of an upload: all that is held in memory of a video, and what is sent again
   * when a connection breaks. Most videos are one or two of them.
   */
  public static final int CHUNK = 4 * 1024 * 1024;

  private static final ObjectMapper JSON = new ObjectMapper();

  private GcsClient() {}

  /**
   * With the identity that the settings name.
   *
   * @throws StoreFault when the credentials are missing, unreadable or of a kind that cannot be
   *     used
   */
  public static Storage build(GcsBucket bucket, UploadTimeouts patience, Retries retries)
      throws StoreFault {
    if (bucket.emulator().isPresent()) {
      return build(bucket, NoCredentials.getInstance(), patience, retries);
    }
    GoogleCredentials credentials = credentials(bucket.credentials());
    if (bucket.url() == UrlKind.SIGNED && !(credentials instanceof ServiceAccountSigner)) {
      throw new StoreFault(
          401, "GCS_URL=signed needs a service account, and these credentials are none");
    }
    return build(bucket, credentials, patience, retries);
  }

  /** A client without identity, which sees what everybody sees. */
  static Storage anonymous(GcsBucket bucket, UploadTimeouts patience) {
    return build(bucket, NoCredentials.getInstance(), patience, new Retries(bucket.name()));
  }

  public static Storage build(
      GcsBucket bucket,
      com.google.auth.Credentials credentials,
      UploadTimeouts patience,
      Retries retries) {
    StorageOptions.Builder options =
        StorageOptions.http()
            .setTransportOptions(
                HttpTransportOptions.newBuilder()
                    .setConnectTimeout((int) patience.connect().toMillis())
                    .setReadTimeout((int) patience.answer().toMillis())
                    .build())
            .setCredentials(credentials)
            // Objects need no project; without one the client would ask a metadata server for it
            .setProjectId("ltx2-worker")
            .setStorageRetryStrategy(retries)
            .setRetrySettings(
                RetrySettings.newBuilder()
                    .setInitialRetryDelayDuration(patience.firstDelay())
                    .setRetryDelayMultiplier(2)
                    .setMaxRetryDelayDuration(patience.longestDelay())
                    .setTotalTimeoutDuration(patience.retrying())
                    .setMaxAttempts(patience.attempts())
                    .build());
    bucket.emulator().ifPresent(host -> options.setHost(host.toString()));
    return options.build().getService();
  }

  public static GoogleCredentials credentials(GcsCredentials from) throws StoreFault {
    return switch (from) {
      case GcsCredentials.Json(String json) ->
          parse(json.getBytes(StandardCharsets.UTF_8), "GCS_CREDENTIALS_JSON");
      case GcsCredentials.File(var path) -> {
        String name = "GOOGLE_APPLICATION_CREDENTIALS (" + path + ")";
        try {
          yield parse(Files.readAllBytes(path), name);
        } catch (NoSuchFileException e) {
          throw new StoreFault(401, name + " names a file that does not exist");
        } catch (IOException e) {
          throw new StoreFault(401, name + " cannot be read: " + IoErrors.of(e));
        }
      }
      case GcsCredentials.ApplicationDefault() -> {
        try {
          yield GoogleCredentials.getApplicationDefault();
        } catch (IOException e) {
          throw new StoreFault(
              401,
              "no credentials: set GCS_CREDENTIALS_JSON or GOOGLE_APPLICATION_CREDENTIALS, or run"
                  + " where application default credentials exist");
        }
      }
    };
  }

  private static GoogleCredentials parse(byte[] json, String name) throws StoreFault {
    String type;
    try {
      JsonNode tree = JSON.readTree(json);
      type = tree == null ? "" : tree.path("type").asText();
    } catch (JsonProcessingException e) {
      throw new StoreFault(401, name + " is not valid JSON"); // its message would quote the key
    } catch (IOException e) {
      throw new StoreFault(401, name + " cannot be read");
    }
    InputStream in = new ByteArrayInputStream(json);
    try {
      return switch (type) {
        case "service_account" -> ServiceAccountCredentials.fromStream(in);
        case "authorized_user" -> UserCredentials.fromStream(in);
        case "external_account" -> ExternalAccountCredentials.fromStream(in);
        case "impersonated_service_account" -> ImpersonatedCredentials.fromStream(in);
        case "" -> throw new StoreFault(401, name + " has no \"type\": it is no key file");
        default -> throw new StoreFault(401, name + " is of a type that cannot be used");
      };
    } catch (IOException | RuntimeException e) {
      throw new StoreFault(401, name + " is not a whole key file of type " + type);
    }
  }
}
