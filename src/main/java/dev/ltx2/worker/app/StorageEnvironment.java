package dev.ltx2.worker.app;

import dev.ltx2.worker.app.Env.Variable;
import dev.ltx2.worker.storage.StorageSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The variables that {@code storage} reads itself, because they depend on each other. */
final class StorageEnvironment {
  private static final List<Variable> GCS =
      List.of(
          new Variable("GOOGLE_APPLICATION_CREDENTIALS", "", "a service account's key file"),
          new Variable("GCS_CREDENTIALS_JSON", "", "a service account's key itself"),
          new Variable(
              "STORAGE_EMULATOR_HOST", "", "a storage emulator to use, without credentials"));

  private static final List<Variable> S3_SERVER =
      List.of(
          new Variable(
              "S3_BUCKET", "", "the bucket of another store that speaks S3, instead of GCS_BUCKET"),
          new Variable(
              "S3_ENDPOINT",
              "AWS of the region",
              "its server, as https://ACCOUNT.r2.cloudflarestorage.com"),
          new Variable(
              "S3_REGION",
              "AWS_REGION, the endpoint's, us-east-1",
              "its region; a wrong one is corrected by the server's answer"));

  private static final List<Variable> S3_KEYS =
      List.of(
          new Variable(
              "S3_PUBLIC_URL",
              "the endpoint's",
              "where everybody finds the bucket's objects, for S3_URL=public"),
          new Variable("AWS_ACCESS_KEY_ID", "", "the key for S3_BUCKET"),
          new Variable("AWS_SECRET_ACCESS_KEY", "", "its secret"),
          new Variable("AWS_SESSION_TOKEN", "", "its token, if it has one"),
          new Variable("AWS_REGION", "AWS_DEFAULT_REGION", "the same as S3_REGION, which wins"),
          new Variable("AWS_DEFAULT_REGION", "", "the same as AWS_REGION, which wins"));

  private static final List<Variable> PLATFORMS_BUCKET =
      List.of(
          new Variable(
              "BUCKET_ENDPOINT_URL",
              "",
              "endpoint and bucket in one, as the platform has them, where neither GCS_BUCKET nor S3_BUCKET is set"),
          new Variable("BUCKET_ACCESS_KEY_ID", "", "the key for it"),
          new Variable("BUCKET_SECRET_ACCESS_KEY", "", "its secret"));

  private static final List<Variable> FOLDERS =
      List.of(
          new Variable(
              "OUTPUT_DIR", "output", "where the command line's videos go without a bucket"),
          new Variable(
              "KEEP_DIR",
              "/runpod-volume/unsent or unsent beside OUTPUT_DIR",
              "where a video or an answer is kept that could not be handed over"));

  private StorageEnvironment() {}

  /** Its settings; faults are noted one by one, and the defaults stand for them. */
  static StorageSettings read(Env env) {
    env.describe(
        new Variable(
            "GCS_BUCKET",
            "",
            "the bucket videos go to; unset: into the answer, or KEEP_DIR; on the command line OUTPUT_DIR"));
    Stream.of(
            objects("GCS", "public"),
            GCS,
            S3_SERVER,
            objects("S3", "signed"),
            S3_KEYS,
            PLATFORMS_BUCKET,
            FOLDERS)
        .flatMap(List::stream)
        .forEach(env::describe);
    try {
      return StorageSettings.from(env.values());
    } catch (IllegalArgumentException e) {
      String.valueOf(e.getMessage()).lines().forEach(env::fault);
      return StorageSettings.from(Map.of());
    }
  }

  /** What objects are called and where clients find them, which every store has. */
  private static List<Variable> objects(String store, String url) {
    return List.of(
        new Variable(store + "_PREFIX", "ugc_media", "first part of the object names"),
        new Variable(store + "_URL", url, "address in the answer: public, signed"),
        new Variable(store + "_SIGNED_URL_TTL", "604800", "seconds a signed address is valid"));
  }
}
