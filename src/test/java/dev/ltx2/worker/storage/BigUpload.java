package dev.ltx2.worker.storage;

import dev.ltx2.worker.common.Clock;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Map;
import okhttp3.HttpUrl;

/** {@code WAY URL FILE}: uploads 200 MB in a process whose heap is its own. */
final class BigUpload {
  static final long SIZE = 200_000_000;

  private BigUpload() {}

  public static void main(String[] args) throws Exception {
    Path video = Path.of(args[2]);
    try (RandomAccessFile file = new RandomAccessFile(video.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    boolean bucket = args[0].equals("bucket");
    Map<String, String> settings =
        bucket
            ? Map.of(
                "S3_BUCKET", "videos",
                "S3_ENDPOINT", args[1],
                "AWS_ACCESS_KEY_ID", "AKID",
                "AWS_SECRET_ACCESS_KEY", "s3cr3t")
            : Map.of("ALLOW_PRIVATE_INPUTS", "true");
    Target target =
        bucket
            ? new Target.None()
            : new Target.PresignedPut(HttpUrl.get(args[1] + "/videos/big.mp4?k=v"), Map.of());
    VideoStore store = VideoStores.of(StorageSettings.from(settings), Clock.SYSTEM);
    Stored stored = store.store("big", video, "big.mp4", target, (_, _) -> {});
    System.exit(stored instanceof Stored.Uploaded ? 0 : 3);
  }
}
