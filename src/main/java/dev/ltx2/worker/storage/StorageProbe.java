package dev.ltx2.worker.storage;

import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobTargetOption;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.storage.GcsFault.Action;
import dev.ltx2.worker.storage.StorageSettings.Bucket;
import dev.ltx2.worker.storage.StorageSettings.UrlKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Proves that videos can be stored, by storing something. */
public final class StorageProbe {
  /**
   * One line of the doctor.
   *
   * @param remedy what is wrong and what to do; empty when {@code ok}
   */
  public record Check(String name, boolean ok, String remedy) {}

  private static final byte[] CONTENT =
      "written, read and deleted by ltx2-worker's doctor\n".getBytes(StandardCharsets.UTF_8);

  private final UploadTimeouts patience;
  private final List<Check> checks = new ArrayList<>();

  private StorageProbe(UploadTimeouts patience) {
    this.patience = patience;
  }

  /**
   * Checks every precondition in order; what a failed one makes pointless is left out. Takes some
   * seconds where the storage does not answer.
   */
  public static List<Check> run(StorageSettings settings) {
    return run(settings, UploadTimeouts.PROBE);
  }

  static List<Check> run(StorageSettings settings, UploadTimeouts patience) {
    StorageProbe probe = new StorageProbe(patience);
    probe.folder("KEEP_DIR", settings.keepDir());
    if (settings.bucket().isPresent()) {
      probe.bucket(settings.bucket().get());
    } else {
      probe.folder("OUTPUT_DIR", settings.outputDir());
    }
    return List.copyOf(probe.checks);
  }

  private void folder(String name, Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.write(Files.createTempFile(folder, ".probe", ""), CONTENT));
      ok("write to " + name + " " + folder);
    } catch (IOException e) {
      failed(
          "write to " + name + " " + folder,
          IoErrors.of(e) + "; set " + name + " to a folder this user may write to");
    }
  }

  private void bucket(Bucket bucket) {
    Storage storage;
    try {
      storage = GcsClient.build(bucket, patience, new Retries(bucket.name()));
      ok("GCS credentials");
    } catch (GcsFault e) {
      failed("GCS credentials", e.getMessage());
      return;
    }
    String object =
        (bucket.prefix().isEmpty() ? "" : bucket.prefix() + "/") + ".probe-" + UUID.randomUUID();
    BlobId id = BlobId.of(bucket.name(), object);
    boolean written =
        step(
            "write to bucket " + bucket.name(),
            bucket,
            Action.CREATE,
            () -> {
              storage.create(
                  BlobInfo.newBuilder(id).setContentType("text/plain").build(),
                  CONTENT,
                  BlobTargetOption.doesNotExist());
              return true;
            });
    if (!written) {
      return;
    }
    step(
        "read from bucket " + bucket.name(),
        bucket,
        Action.READ,
        () -> Arrays.equals(storage.readAllBytes(id), CONTENT));
    urls(bucket, storage, id);
    boolean deleted =
        step(
            "delete from bucket " + bucket.name(), bucket, Action.DELETE, () -> storage.delete(id));
    if (!deleted) {
      failed("clean up", "delete gs://" + bucket.name() + "/" + object + " by hand");
    }
  }

  private void urls(Bucket bucket, Storage storage, BlobId id) {
    if (bucket.url() == UrlKind.SIGNED) {
      boolean signs;
      try {
        storage.signUrl(
            BlobInfo.newBuilder(id).build(),
            1,
            TimeUnit.MINUTES,
            Storage.SignUrlOption.withV4Signature());
        signs = true;
      } catch (RuntimeException e) {
        signs = false;
      }
      check(
          "sign URLs",
          signs,
          "use a service account's key, or give its identity iam.serviceAccounts.signBlob");
      return;
    }
    boolean open;
    try {
      GcsClient.anonymous(bucket, patience).readAllBytes(id);
      open = true;
    } catch (RuntimeException e) {
      open = false;
    }
    check(
        "video_url is open to everybody",
        open,
        "give allUsers the role Storage Object Viewer on bucket "
            + bucket.name()
            + ", or set GCS_URL=signed");
  }

  private interface Step {
    boolean run() throws Exception;
  }

  private boolean step(String name, Bucket bucket, Action action, Step step) {
    try {
      boolean ok = step.run();
      check(name, ok, "the probe object was not as it was written");
      return ok;
    } catch (Exception e) {
      GcsFault fault = GcsFault.of(e, action, bucket.name());
      failed(name, fault.getMessage() + remedy(fault.code(), action, bucket));
      return false;
    }
  }

  private static String remedy(int code, Action action, Bucket bucket) {
    return switch (code) {
      case 401 -> "; make a new key, or correct the one that is set";
      case 403 ->
          "; give the credentials a role with "
              + action.permission()
              + ", as Storage Object User, on bucket "
              + bucket.name();
      case 404 -> "; create it or correct GCS_BUCKET";
      case 0 ->
          "; check the network"
              + bucket.emulator().map(host -> " and STORAGE_EMULATOR_HOST " + host).orElse("");
      default -> "; try again later";
    };
  }

  private void ok(String name) {
    check(name, true, "");
  }

  private void failed(String name, String remedy) {
    check(name, false, remedy);
  }

  private void check(String name, boolean ok, String remedy) {
    checks.add(new Check(name, ok, ok ? "" : remedy));
  }
}
