package dev.ltx2.worker.storage.s3;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.storage.client.StoreCheck;
import dev.ltx2.worker.storage.client.StoreFault;
import dev.ltx2.worker.storage.client.UploadTimeouts;
import dev.ltx2.worker.storage.client.UrlKind;
import dev.ltx2.worker.storage.http.HttpAnswer;
import dev.ltx2.worker.storage.s3.S3Faults.Action;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/** Writes, reads and deletes an object, and looks at it as a client would. */
final class S3Probe {
  private static final byte[] CONTENT =
      "written, read and deleted by ltx2-worker's doctor\n".getBytes(StandardCharsets.UTF_8);

  private final S3Bucket bucket;
  private final S3Exchange exchange;
  private final String object;
  private final List<StoreCheck> checks = new ArrayList<>();

  S3Probe(S3Bucket bucket, UploadTimeouts patience) {
    this.bucket = bucket;
    this.exchange = new S3Exchange(bucket, new OkHttpClient.Builder(), patience, Clock.SYSTEM);
    this.object = bucket.under(".probe-" + UUID.randomUUID());
  }

  List<StoreCheck> run() {
    Request.Builder put = new Request.Builder().put(RequestBody.create(CONTENT));
    if (!step("write to", Action.PUT, put)) {
      return checks;
    }
    step("read from", Action.GET, new Request.Builder().head());
    read();
    if (!step("delete from", Action.DELETE, new Request.Builder().delete())) {
      checks.add(StoreCheck.bad("clean up", "delete " + bucket.uri(object) + " by hand"));
    }
    return checks;
  }

  private boolean step(String what, Action action, Request.Builder request) {
    String name = what + " bucket " + bucket.name();
    try {
      HttpAnswer answer = exchange.persist(() -> exchange.send(object, request, content(action)));
      if (answer.succeeded()) {
        checks.add(StoreCheck.good(name));
        return true;
      }
      StoreFault fault = S3Faults.of(answer, action, bucket.name());
      checks.add(StoreCheck.bad(name, fault.getMessage() + remedy(answer, action)));
    } catch (StoreFault e) {
      checks.add(
          StoreCheck.bad(
              name, e.getMessage() + "; check the network and the endpoint " + bucket.endpoint()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      checks.add(StoreCheck.bad(name, "it was stopped"));
    }
    return false;
  }

  /** The signature covers what is sent, which the signer reads from a file. */
  private static Optional<Path> content(Action action) throws IOException {
    if (action != Action.PUT) {
      return Optional.empty();
    }
    Path file = Files.createTempFile("ltx2-probe", "");
    file.toFile().deleteOnExit();
    return Optional.of(Files.write(file, CONTENT));
  }

  private void read() {
    boolean open = bucket.url() == UrlKind.PUBLIC;
    HttpUrl address = open ? HttpUrl.get(bucket.publicAddress(object)) : exchange.presigned(object);
    boolean read;
    try {
      read =
          exchange
              .requests()
              .read(new Request.Builder().url(address).build())
              .filter(bytes -> Arrays.equals(bytes, CONTENT))
              .isPresent();
    } catch (IOException e) {
      read = false;
    }
    String name =
        open ? "video_url is open to everybody" : "video_url can be read by its signature";
    String remedy =
        open
            ? "open bucket %s to everybody for reading, set S3_PUBLIC_URL to where it is open, or"
                + " set S3_URL=signed"
            : "give the credentials s3:GetObject on bucket %s";
    checks.add(
        read ? StoreCheck.good(name) : StoreCheck.bad(name, remedy.formatted(bucket.name())));
  }

  private String remedy(HttpAnswer answer, Action action) {
    boolean platform = bucket.variable().equals(S3Settings.PLATFORM);
    String keys =
        platform
            ? "BUCKET_ACCESS_KEY_ID and BUCKET_SECRET_ACCESS_KEY"
            : "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    boolean denied = answer.code() == 403 && answer.errorCode().matches("|AccessDenied");
    return switch (answer.code()) {
      case 401, 403 ->
          !denied
              ? "; correct " + keys
              : "; add %s on arn:aws:s3:::%s/* to the policy of the key's user, or give an R2 or B2 token"
                      .formatted(action.permission(), bucket.name())
                  + " object read and write";
      case 404 -> "; create it or correct " + bucket.variable();
      default -> answer.passing() ? "; try again later" : "; correct S3_ENDPOINT or S3_REGION";
    };
  }
}
