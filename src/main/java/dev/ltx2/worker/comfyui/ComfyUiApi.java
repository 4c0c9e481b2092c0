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
import java.util.UUID;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ComfyUI's HTTP API. */
final class ComfyUiApi {
  private static final Logger LOG = LoggerFactory.getLogger(ComfyUiApi.class);
  private static final MediaType JSON_TYPE = MediaType.get("application/json");
  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  private static final Duration SHORT = Duration.ofSeconds(5);
  private static final Duration LONG = Duration.ofSeconds(60);

  /** Some 10 MB of objects; a video's entry has 200 tokens, a refused graph's answer 2000. */
  private static final long TOKENS = 100_000;

  /** For questions that ComfyUI answers from memory, in milliseconds unless its loop is held up. */
  private static final ComfyUiHttp.Bound QUESTION =
      new ComfyUiHttp.Bound(SHORT, SHORT, 16 << 20, TOKENS);

  /** The queue holds every waiting graph, also those of ComfyUI's other users. */
  private static final ComfyUiHttp.Bound QUEUE =
      new ComfyUiHttp.Bound(SHORT, SHORT, 64 << 20, 4_000_000);

  /** For posting a prompt: validation lists folders and opens inputs. */
  private static final ComfyUiHttp.Bound WORK = new ComfyUiHttp.Bound(LONG, LONG, 16 << 20, TOKENS);

  /** 2 MB from the core nodes, more from custom ones and long lists of models. */
  private static final ComfyUiHttp.Bound NODES =
      new ComfyUiHttp.Bound(LONG, LONG, 64 << 20, 4_000_000);

  /** Inputs wait while another prompt loads models and holds Python's lock. */
  private static final ComfyUiHttp.Bound INPUT =
      new ComfyUiHttp.Bound(Duration.ofMinutes(10), LONG, 1 << 20, TOKENS);

  /** A video of 30 s has 200 MB at most; a result is asked for again. */
  private static final ComfyUiHttp.Bound RESULT =
      new ComfyUiHttp.Bound(Duration.ofMinutes(10), Duration.ofSeconds(30), 2L << 30, TOKENS);

  private final ComfyUiHttp http;
  private final String clientId = UUID.randomUUID().toString();

  ComfyUiApi(ComfyUiHttp http) {
    this.http = http;
  }

  /** The answer to a posted prompt. */
  record PostAnswer(int status, JsonNode body) {}

  /** The address as it may be shown: without user, password and query. */
  String shown() {
    return http.url().username("").password("").build().toString().replaceFirst("/$", "");
  }

  /** Where the events of the prompts are that are posted here. */
  URI socket() {
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

  JsonNode objectInfo(Deadline until) throws IOException, InterruptedException {
    return tree("object_info", NODES.until(until));
  }

  JsonNode systemStats(Deadline until) throws IOException, InterruptedException {
    return tree("system_stats", QUESTION.until(until));
  }

  /** The prompt's status and outputs; empty until it has ended. */
  Optional<JsonNode> history(String id, Deadline until) throws IOException, InterruptedException {
    return ask(
        "history/" + id, QUESTION.until(until), in -> BoundedJson.entry(in, id, QUESTION.tokens()));
  }

  /** Whether it waits or runs. */
  boolean queued(String id, Deadline until) throws IOException, InterruptedException {
    return ask("queue", QUEUE.until(until), in -> BoundedJson.queued(in, id, QUEUE.tokens()));
  }

  /** Answers for every status below 500; never sent twice, since each post of an id runs. */
  PostAnswer post(ObjectNode graph, String id, Deadline until)
      throws IOException, InterruptedException {
    ObjectNode prompt = ComfyUiHttp.JSON.createObjectNode();
    prompt.set("prompt", graph);
    prompt.put("prompt_id", id).put("client_id", clientId);
    return http.callOnce(
        http.request("prompt").post(body(prompt)).build(),
        WORK.until(until),
        response -> {
          if (response.code() >= 500) {
            throw ComfyUiHttp.BadAnswer.of(response);
          }
          return new PostAnswer(response.code(), tree(response, WORK));
        });
  }

  /**
   * Takes it out of the queue and interrupts it: whichever it is at, one of the two hits. ComfyUI
   * ignores an interrupt between taking a prompt and starting it, so this is to be repeated.
   */
  void stop(String id, Deadline until) throws IOException, InterruptedException {
    ObjectNode waiting = ComfyUiHttp.JSON.createObjectNode();
    waiting.putArray("delete").add(id);
    send("queue", waiting, until);
    send("interrupt", ComfyUiHttp.JSON.createObjectNode().put("prompt_id", id), until);
  }

  void forget(List<String> ids, Deadline until) throws IOException, InterruptedException {
    ObjectNode ended = ComfyUiHttp.JSON.createObjectNode();
    ended.set("delete", ComfyUiHttp.JSON.valueToTree(ids));
    send("history", ended, until);
  }

  void free(Deadline until) throws IOException, InterruptedException {
    ObjectNode all = ComfyUiHttp.JSON.createObjectNode();
    send("free", all.put("unload_models", true).put("free_memory", true), until);
  }

  /** The name it was stored under, relative to the input folder. */
  String upload(Path file, String folder, String name, Deadline until)
      throws IOException, InterruptedException {
    MultipartBody form =
        new MultipartBody.Builder()
            .setType(MultipartBody.FORM)
            .addFormDataPart("subfolder", folder)
            .addFormDataPart("type", "input")
            .addFormDataPart("overwrite", "true")
            .addFormDataPart("image", name, RequestBody.create(file.toFile(), BYTES))
            .build();
    Request request = http.request("upload/image").post(form).build();
    JsonNode answer =
        http.call(request, INPUT.until(until), response -> tree(ComfyUiHttp.good(response), INPUT));
    return answer.path("subfolder").asText() + '/' + answer.path("name").asText();
  }

  /** Streams a result into {@code target}; a body shorter than announced is an error. */
  void view(OutputFile output, Path target, Deadline until)
      throws IOException, InterruptedException {
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
            RESULT.until(until),
            response -> {
              try (InputStream in = ComfyUiHttp.good(response).body().byteStream()) {
                return Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
              }
            });
    if (length == 0) {
      throw new IOException("ComfyUI's " + output.filename() + " is empty");
    }
  }

  private void send(String path, JsonNode body, Deadline until)
      throws IOException, InterruptedException {
    http.call(
        http.request(path).post(body(body)).build(),
        QUESTION.until(until),
        response -> ComfyUiHttp.good(response).code());
  }

  private interface BodyReader<T> {
    T read(InputStream in) throws IOException;
  }

  private <T> T ask(String path, ComfyUiHttp.Bound bound, BodyReader<T> json)
      throws IOException, InterruptedException {
    return http.call(
        http.request(path).build(),
        bound,
        response ->
            ComfyUiHttp.json(
                ComfyUiHttp.good(response), good -> json.read(good.body().byteStream())));
  }

  private JsonNode tree(String path, ComfyUiHttp.Bound bound)
      throws IOException, InterruptedException {
    return ask(path, bound, in -> BoundedJson.tree(in, bound.tokens()));
  }

  private static JsonNode tree(Response response, ComfyUiHttp.Bound bound) throws IOException {
    return ComfyUiHttp.json(
        response, any -> BoundedJson.tree(any.body().byteStream(), bound.tokens()));
  }

  private static RequestBody body(JsonNode json) throws JsonProcessingException {
    return RequestBody.create(ComfyUiHttp.JSON.writeValueAsBytes(json), JSON_TYPE);
  }

  /** A call whose failure changes nothing. */
  @FunctionalInterface
  interface OptionalCall {
    void send() throws IOException, InterruptedException;
  }

  /** Makes it; a ComfyUI that cannot be reached need not be told. Keeps an interrupt. */
  static void ignoringIoErrors(OptionalCall call) {
    try {
      call.send();
    } catch (IOException e) {
      LOG.debug("Ignored a failed call to ComfyUI: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void close() {
    http.close();
  }
}
