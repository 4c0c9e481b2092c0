package dev.ltx2.worker.storage.gcs;

import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobTargetOption;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Writes, reads and deletes an object, and looks at it as everybody would. */
final class GcsProbe {
  private static final byte[] CONTENT =
      "written, read and deleted by ltx2-worker's doctor\n".getBytes(StandardCharsets.UTF_8);

  private final GcsBucket bucket;
  private final UploadTimeouts patience;
  private final List<StoreCheck> checks = new ArrayList<>();

  private GcsProbe(GcsBucket bucket, UploadTimeouts patience) {
    this.bucket = bucket;
    this.patience = patience;
  }

  static List<StoreCheck> run(GcsBucket bucket, UploadTimeouts patience) {
    GcsProbe probe = new GcsProbe(bucket, patience);
    probe.bucket();
    return List.copyOf(probe.checks);
  }

  private void bucket() {
    Storage storage;
    try {
      storage = GcsClient.build(bucket, patience, new Retries(bucket.name()));
      ok("GCS credentials");
    } catch (StoreFault e) {
      failed("GCS credentials", e.getMessage());
      return;
    }
    String object = bucket.under(".probe-" + UUID.randomUUID());
    BlobId id = BlobId.of(bucket.name(), object);
    boolean written =
        step(
            "write to bucket " + bucket.name(),
            GcsAction.CREATE,
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
        GcsAction.READ,
        () -> Arrays.equals(storage.readAllBytes(id), CONTENT));
    urls(storage, id);
    boolean deleted =
        step("delete from bucket " + bucket.name(), GcsAction.DELETE, () -> storage.delete(id));
    if (!deleted) {
      failed("clean up", "delete gs://" + bucket.name() + "/" + object + " by hand");
    }
  }

  private void urls(Storage storage, BlobId id) {
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

  private boolean step(String name, GcsAction action, Step step) {
    try {
      boolean ok = step.run();
      check(name, ok, "the probe object was not as it was written");
      return ok;
    } catch (Exception e) {
      StoreFault fault = GcsFaults.of(e, action, bucket.name());
      failed(name, fault.getMessage() + remedy(fault.code(), action));
      return false;
    }
  }

  private String remedy(int code, GcsAction action) {
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
    checks.add(new StoreCheck(name, ok, ok ? "" : remedy));
  }
}
