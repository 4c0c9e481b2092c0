package dev.ltx2.worker.storage.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.Okio;
import okio.Source;
import org.jspecify.annotations.Nullable;

/** A file, streamed with its length known before: never chunked, never in memory as a whole. */
public final class FileBody extends RequestBody {
  private final Path file;
  private final long size;
  private final Optional<MediaType> type;

  /** With that Content-Type, or none. */
  public FileBody(Path file, long size, Optional<MediaType> type) {
    this.file = file;
    this.size = size;
    this.type = type;
  }

  @Override
  public @Nullable MediaType contentType() {
    return type.orElse(null);
  }

  @Override
  public long contentLength() {
    return size;
  }

  @Override
  public void writeTo(BufferedSink sink) throws IOException {
    try (Source source = Okio.source(Files.newInputStream(file))) {
      sink.write(source, size);
    }
  }
}
