package dev.ltx2.worker.localapi;

import dev.ltx2.worker.localapi.files.FileFolder;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.resource.PathResource;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.server.handlers.resource.Resource;
import io.undertow.server.handlers.resource.ResourceHandler;
import io.undertow.server.handlers.resource.ResourceSupplier;
import io.undertow.util.ETag;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.MimeMappings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@code GET /files/{name}}, whole or in part. */
final class FileServing implements HttpHandler {
  private final ResourceHandler handler;

  FileServing(FileFolder files) {
    ResourceSupplier find = (_, path) -> resource(files, path);
    handler =
        new ResourceHandler(find)
            .setDirectoryListingEnabled(false)
            .setMimeMappings(
                MimeMappings.builder()
                    .addMapping("webp", "image/webp")
                    .addMapping("m4a", "audio/mp4")
                    .addMapping("flac", "audio/flac")
                    .build());
  }

  private static @Nullable Resource resource(FileFolder files, String path) {
    String name = path.replaceFirst("^/+", "");
    return files.find(name).map(file -> resource(file, name)).orElse(null);
  }

  private static Resource resource(Path file, String name) {
    // A name never gets another content.
    return new PathResource(
        file, new PathResourceManager(file.getParent()), name, new ETag(false, name));
  }

  /** The exchange's relative path is the name. */
  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    var headers = exchange.getResponseHeaders();
    headers.put(new HttpString("X-Content-Type-Options"), "nosniff");
    headers.put(
        new HttpString("Content-Security-Policy"), "default-src 'none'; media-src 'self'; sandbox");
    headers.put(Headers.CACHE_CONTROL, "private, max-age=86400, immutable");
    handler.handleRequest(exchange);
  }
}
