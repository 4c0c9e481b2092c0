package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.Request;
import okhttp3.RequestBody;

/** ComfyUI's HTTP API. */
final class Api {
  private static final MediaType JSON_TYPE = MediaType.get("application/json");
  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  /** For questions that ComfyUI answers from memory, in milliseconds unless its loop is held up. */
  private static final Duration QUESTION = Duration.ofSeconds(5);

  /** For posting a prompt (validation lists folders and opens inputs) and for object_info. */
  private static final Duration WORK = Duration.ofSeconds(60);

  /** For files of 100 MB over a slow line; a stall of a minute ends them earlier. */
  private static final Duration TRANSFER = Duration.ofMinutes(10);

  private final Http http;

  Api(Http http) {
    this.http = http;
  }

  /** The answer to a posted prompt. */
  record Posted(int status, JsonNode body) {}

  /** The address as it may be shown: without user, password and query. */
  String shown() {
    return http.url().username("").password("").build().toString().replaceFirst("/$", "");
  }

  /** Where the events are. */
  URI socket(String clientId) {
    URI url =
        http.url()
            .username("")
            .password("")
            .addPathSegment("ws")
            .addQueryParameter("clientId", clientId)
            .build()
            .uri();
    return URI.create(url.toString().replaceFirst("^http", "ws"));
  }

  JsonNode objectInfo() throws IOException, InterruptedException {
    return json("object_info", WORK);
  }

  /** The prompt's entry; empty until it has ended. */
  Optional<JsonNode> history(String id) throws IOException, InterruptedException {
    return Optional.of(json("history/" + id, QUESTION).path(id)).filter(JsonNode::isObject);
  }

  /** Whether it waits or runs. */
  boolean queued(String id) throws IOException, InterruptedException {
    JsonNode queue = json("queue", QUESTION);
    for (String part : List.of("queue_running", "queue_pending")) {
      for (JsonNode item : queue.path(part)) {
        if (item.path(1).asText().equals(id)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Answers for every status below 500; never sent twice, since each post of an id runs. */
  Posted post(ObjectNode prompt) throws IOException, InterruptedException {
    return http.callOnce(
        http.request("prompt").post(body(prompt)).build(),
        WORK,
        response -> {
          if (response.code() >= 500) {
            throw Http.BadAnswer.of(response);
          }
          return new Posted(response.code(), Http.tree(response));
        });
  }

  /**
   * Takes it out of the queue and interrupts it: whichever it is at, one of the two hits. ComfyUI
   * ignores an interrupt between taking a prompt and starting it, so this is to be repeated.
   */
  void stop(String id) throws IOException, InterruptedException {
    send("queue", Http.JSON.createObjectNode().set("delete", Http.JSON.createArrayNode().add(id)));
    send("interrupt", Http.JSON.createObjectNode().put("prompt_id", id));
  }

  void forget(List<String> ids) throws IOException, InterruptedException {
    send("history", Http.JSON.createObjectNode().set("delete", Http.JSON.valueToTree(ids)));
  }

  void free() throws IOException, InterruptedException {
    send("free", Http.JSON.createObjectNode().put("unload_models", true).put("free_memory", true));
  }

  /** The name it was stored under, relative to the input folder. */
  String upload(Path file, String folder, String name) throws IOException, InterruptedException {
    MultipartBody form =
        new MultipartBody.Builder()
            .setType(MultipartBody.FORM)
            .addFormDataPart("subfolder", folder)
            .addFormDataPart("type", "input")
            .addFormDataPart("overwrite", "true")
            .addFormDataPart("image", name, RequestBody.create(file.toFile(), BYTES))
            .build();
    Request request = http.request("upload/image").post(form).build();
    JsonNode answer = http.call(request, TRANSFER, Http::good);
    return answer.path("subfolder").asText() + '/' + answer.path("name").asText();
  }

  /** Streams a result into {@code target}; a body shorter than announced is an error. */
  void view(Output output, Path target) throws IOException, InterruptedException {
    HttpUrl url =
        http.url()
            .addPathSegment("view")
            .addQueryParameter("filename", output.filename())
            .addQueryParameter("subfolder", output.subfolder())
            .addQueryParameter("type", output.type())
            .build();
    long length =
        http.call(
            new Request.Builder().url(url).build(),
            TRANSFER,
            response -> {
              if (!response.isSuccessful()) {
                throw Http.BadAnswer.of(response);
              }
              try (InputStream in = response.body().byteStream()) {
                return Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
              }
            });
    if (length == 0) {
      throw new IOException("ComfyUI's " + output.filename() + " is empty");
    }
  }

  private void send(String path, JsonNode body) throws IOException, InterruptedException {
    http.call(
        http.request(path).post(body(body)).build(),
        QUESTION,
        response -> {
          if (!response.isSuccessful()) {
            throw Http.BadAnswer.of(response);
          }
          return response.code();
        });
  }

  private JsonNode json(String path, Duration limit) throws IOException, InterruptedException {
    return http.call(http.request(path).build(), limit, Http::good);
  }

  private static RequestBody body(JsonNode json) throws JsonProcessingException {
    return RequestBody.create(Http.JSON.writeValueAsBytes(json), JSON_TYPE);
  }

  void close() {
    http.close();
  }
}
