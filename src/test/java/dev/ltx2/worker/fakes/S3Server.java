package dev.ltx2.worker.fakes;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/** Somebody else's idea of S3, in memory; it checks signatures, conditions and checksums. */
public final class S3Server implements AutoCloseable {
  public static final String KEY = "AKIDEXAMPLE";
  public static final String SECRET = "s3cr3t-0f-s3";
  private static final String BUCKET = "videos";
  private final BlobStore store = new TransientNio2BlobStore();
  private final S3Proxy server;

  private S3Server() throws Exception {
    server =
        S3Proxy.builder()
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, KEY, SECRET)
            .blobStore(store)
            .v4MaxNonChunkedRequestSize(512L << 20)
            .build();
    store.createContainer(BUCKET);
    server.start();
  }

  /** With a bucket named {@code videos}. */
  public static S3Server start() {
    try {
      return new S3Server();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  /** Settings of a worker whose bucket it is. */
  public Map<String, String> environment() {
    return Map.of(
        "S3_BUCKET", BUCKET,
        "S3_ENDPOINT", url().toString(),
        "AWS_ACCESS_KEY_ID", KEY,
        "AWS_SECRET_ACCESS_KEY", SECRET);
  }

  public byte[] object(String name) throws IOException {
    try (var in = store.getBlob(BUCKET, name)) {
      return in.readAllBytes();
    }
  }

  public boolean has(String name) {
    return store.blobExists(BUCKET, name);
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
