package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.form.FormData;
import io.undertow.server.handlers.form.FormDataParser;
import io.undertow.server.handlers.form.MultiPartParserDefinition;
import io.undertow.util.ByteRange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.MimeMappings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;

/** ComfyUI's routes for files: upload into a folder, and download from one. */
final class FileApi {
  private final ComfyUiFolders folders;
  private final MultiPartParserDefinition multipart;

  FileApi(ComfyUiFolders folders) {
    this.folders = folders;
    multipart = new MultiPartParserDefinition(folders.temp());
    multipart.setDefaultEncoding("UTF-8");
  }

  /** Stores {@code image} under its name as sent; a taken name gets a number, unless overwrite. */
  void upload(HttpServerExchange exchange) throws IOException {
    FormDataParser parser = multipart.create(exchange);
    if (parser == null) {
      refuse(exchange, 400);
      return;
    }
    try (parser) {
      FormData form = parser.parseBlocking();
      FormData.FormValue image = form.getFirst("image");
      if (image == null || image.getFileName() == null || image.getFileName().isEmpty()) {
        refuse(exchange, 400);
        return;
      }
      String type = text(form, "type", "input");
      String subfolder = text(form, "subfolder", "");
      Path folder =
          folders
              .named(type)
              .orElseThrow(() -> new IllegalArgumentException("No folder of type " + type));
      String name = image.getFileName();
      Optional<Path> file =
          ComfyUiFolders.inside(folder, subfolder)
              .flatMap(at -> ComfyUiFolders.inside(folder, at.resolve(name).toString()));
      if (file.isEmpty()) {
        refuse(exchange, 400);
        return;
      }
      Path stored = store(image, file.get(), text(form, "overwrite", "").matches("true|1"));
      PromptApi.json(
          exchange,
          JsonNodeFactory.instance
              .objectNode()
              .put("name", stored.equals(file.get()) ? name : stored.getFileName().toString())
              .put("subfolder", subfolder)
              .put("type", type));
    }
  }

  private static String text(FormData form, String name, String otherwise) {
    FormData.FormValue value = form.getFirst(name);
    return value == null ? otherwise : value.getValue();
  }

  private static Path store(FormData.FormValue image, Path wanted, boolean overwrite)
      throws IOException {
    Files.createDirectories(wanted.getParent());
    String name = wanted.getFileName().toString();
    int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
    Path file = wanted;
    for (int i = 1; !overwrite && Files.exists(file); i++) {
      if (same(image, file)) {
        return file;
      }
      file =
          wanted.resolveSibling(
              "%s (%d)%s".formatted(name.substring(0, dot), i, name.substring(dot)));
    }
    try (InputStream in = image.getFileItem().getInputStream()) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  private static boolean same(FormData.FormValue image, Path file) throws IOException {
    try (InputStream sent = image.getFileItem().getInputStream();
        InputStream stored = Files.newInputStream(file)) {
      byte[] left;
      do {
        left = sent.readNBytes(65_536);
        if (!Arrays.equals(left, stored.readNBytes(65_536))) {
          return false;
        }
      } while (left.length > 0);
      return true;
    }
  }

  /** Sends a file of output, input or temp; a byte range when asked for one. */
  void view(HttpServerExchange exchange) throws IOException {
    if (!exchange.getQueryParameters().containsKey("filename")) {
      refuse(exchange, 404);
      return;
    }
    String name = query(exchange, "filename", "");
    Optional<Path> root = folders.named(query(exchange, "type", "output"));
    if (name.isEmpty() || name.startsWith("/") || name.contains("..") || root.isEmpty()) {
      refuse(exchange, 400);
      return;
    }
    Optional<Path> folder = ComfyUiFolders.inside(root.get(), query(exchange, "subfolder", ""));
    if (folder.isEmpty()) {
      refuse(exchange, 403);
      return;
    }
    Path file = folder.get().resolve(Path.of(name).getFileName());
    if (!Files.isRegularFile(file)) {
      refuse(exchange, 404);
      return;
    }
    send(exchange, file);
  }

  private static void send(HttpServerExchange exchange, Path file) throws IOException {
    String name = file.getFileName().toString();
    String extension = name.substring(name.lastIndexOf('.') + 1);
    String mime = MimeMappings.DEFAULT.getMimeType(extension);
    var headers = exchange.getResponseHeaders();
    headers.put(new HttpString("X-Content-Type-Options"), "nosniff");
    headers.put(Headers.CONTENT_DISPOSITION, "filename=\"" + name.replace("\"", "\\\"") + "\"");
    headers.put(Headers.CONTENT_TYPE, mime == null ? "application/octet-stream" : mime);
    headers.put(Headers.ACCEPT_RANGES, "bytes");
    long size = Files.size(file);
    Optional<ByteRange.RangeResponseResult> part = part(exchange, size);
    if (part.isPresent()) {
      exchange.setStatusCode(part.get().getStatusCode());
      headers.put(Headers.CONTENT_RANGE, part.get().getContentRange());
      if (part.get().getStatusCode() == 416) {
        PromptApi.done(exchange);
        return;
      }
    }
    long first = part.map(ByteRange.RangeResponseResult::getStart).orElse(0L);
    long last = part.map(ByteRange.RangeResponseResult::getEnd).orElse(size - 1);
    exchange.setResponseContentLength(last - first + 1);
    copy(file, first, last - first + 1, exchange.getOutputStream());
    exchange.endExchange();
  }

  /** What is asked for instead of the whole. */
  private static Optional<ByteRange.RangeResponseResult> part(
      HttpServerExchange exchange, long size) {
    return Optional.ofNullable(
            ByteRange.parse(exchange.getRequestHeaders().getFirst(Headers.RANGE)))
        .filter(range -> range.getRanges() == 1)
        .map(range -> range.getResponseResult(size, null, null, null));
  }

  private static void copy(Path file, long from, long length, OutputStream out) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(from);
      byte[] buffer = new byte[65_536];
      for (long left = length; left > 0; ) {
        int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (read < 0) {
          throw new IOException(file.getFileName() + " became shorter while it was sent");
        }
        out.write(buffer, 0, read);
        left -= read;
      }
    }
  }

  private static String query(HttpServerExchange exchange, String name, String otherwise) {
    var values = exchange.getQueryParameters().get(name);
    return values == null ? otherwise : values.getFirst();
  }

  private static void refuse(HttpServerExchange exchange, int status) {
    exchange.setStatusCode(status);
    PromptApi.done(exchange);
  }
}
