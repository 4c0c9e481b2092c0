package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.Clock;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RequestTooBigException;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** ComfyUI's HTTP routes about prompts, the queue, the history and the server itself. */
final class PromptApi {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final InstalledNodes types;
  private final ComfyUiFolders folders;
  private final PromptQueue queue;
  private final Clock time;
  private int number;

  PromptApi(InstalledNodes types, ComfyUiFolders folders, PromptQueue queue, Clock time) {
    this.types = types;
    this.folders = folders;
    this.queue = queue;
    this.time = time;
  }

  /** All routes, with and without {@code /api} before them. */
  HttpHandler routes(FileApi files) {
    RoutingHandler routes = new RoutingHandler();
    for (String at : new String[] {"", "/api"}) {
      routes
          .post(at + "/prompt", this::postPrompt)
          .get(at + "/prompt", exchange -> json(exchange, queue.info()))
          .get(at + "/queue", exchange -> json(exchange, queue.json()))
          .post(at + "/queue", this::postQueue)
          .get(at + "/history", this::getHistory)
          .get(
              at + "/history/{id}",
              exchange -> json(exchange, queue.history(parameter(exchange, "id"))))
          .post(at + "/history", this::postHistory)
          .post(at + "/interrupt", this::interrupt)
          .post(at + "/free", this::free)
          .get(at + "/system_stats", exchange -> json(exchange, ServerStats.system()))
          .get(at + "/features", exchange -> json(exchange, ServerStats.features()))
          .get(at + "/object_info", exchange -> json(exchange, types.describe()))
          .get(at + "/object_info/{node}", this::nodeInfo)
          .get(at + "/models/{folder}", this::models)
          .post(at + "/upload/image", files::upload)
          .get(at + "/view", files::view);
    }
    // Other clients ask here whether it is up; ComfyUI answers with its page.
    routes.get(
        "/",
        exchange ->
            exchange.getResponseSender().send("This is a rehearsal of ComfyUI: it has no page.\n"));
    return new BlockingHandler(guarded(routes));
  }

  /** As aiohttp does: 413 for too large a body, 500 with a fixed text for whatever else fails. */
  private static HttpHandler guarded(HttpHandler handler) {
    return exchange -> {
      try {
        handler.handleRequest(exchange);
      } catch (RequestTooBigException e) {
        exchange.setStatusCode(413).setPersistent(false).getResponseSender().send("");
      } catch (IOException | RuntimeException e) {
        if (!exchange.isResponseStarted()) {
          exchange.setStatusCode(500).setPersistent(false);
          exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/plain; charset=utf-8");
          exchange
              .getResponseSender()
              .send("500 Internal Server Error\n\nServer got itself in trouble");
        }
      }
    };
  }

  private void postPrompt(HttpServerExchange exchange) throws IOException {
    JsonNode body = body(exchange);
    JsonNode at = body.has("number") ? PythonSemantics.toFloat(body.get("number")) : next(body);
    if (!body.has("prompt")) {
      String none = "No prompt provided";
      reject(
          exchange,
          PromptValidator.error("no_prompt", none, none, JSON.objectNode()),
          JSON.objectNode());
      return;
    }
    Optional<String> id = promptId(body.path("prompt_id"));
    if (id.isEmpty()) {
      reject(
          exchange,
          PromptValidator.error(
              "invalid_prompt_id",
              "prompt_id must be a valid UUID",
              "prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to"
                  + " let the server generate one",
              JSON.objectNode()),
          JSON.objectNode());
      return;
    }
    if (!(body.get("prompt") instanceof ObjectNode graph)) {
      throw new IllegalArgumentException("prompt is not an object");
    }
    var validation = PromptValidator.validate(types, folders, graph);
    if (validation.error().isPresent()) {
      reject(exchange, validation.error().get(), validation.nodeErrors());
      return;
    }
    queue.put(new QueuedPrompt(at, id.get(), graph, extra(body), validation.outputs()));
    ObjectNode answer = JSON.objectNode().put("prompt_id", id.get());
    answer.set("number", at);
    answer.set("node_errors", validation.nodeErrors());
    json(exchange, answer);
  }

  /** The id given, or a new one where none is; empty for one that is not canonical. */
  private static Optional<String> promptId(JsonNode given) {
    if (given.isMissingNode() || given.isNull()) {
      return Optional.of(UUID.randomUUID().toString());
    }
    return Optional.ofNullable(given.textValue())
        .filter(id -> id.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  }

  /** What came along, with the client's id and the time. */
  private ObjectNode extra(JsonNode body) {
    ObjectNode extra =
        body.path("extra_data") instanceof ObjectNode sent ? sent.deepCopy() : JSON.objectNode();
    if (body.has("client_id")) {
      extra.set("client_id", body.get("client_id"));
    }
    return extra.put("create_time", time.now().toEpochMilli());
  }

  private synchronized JsonNode next(JsonNode body) {
    int at = number++;
    return JSON.numberNode(PythonSemantics.toBool(body.path("front")).booleanValue() ? -at : at);
  }

  private static void reject(HttpServerExchange exchange, ObjectNode error, ObjectNode nodeErrors) {
    ObjectNode answer = JSON.objectNode();
    answer.set("error", error);
    answer.set("node_errors", nodeErrors);
    json(exchange.setStatusCode(400), answer);
  }

  private void postQueue(HttpServerExchange exchange) throws IOException {
    JsonNode body = body(exchange);
    if (PythonSemantics.toBool(body.path("clear")).booleanValue()) {
      queue.clear();
    }
    body.path("delete").forEach(id -> queue.delete(id.asText()));
    done(exchange);
  }

  private void getHistory(HttpServerExchange exchange) {
    Deque<String> most = exchange.getQueryParameters().get("max_items");
    json(exchange, queue.history(most == null ? 10_000 : Integer.parseInt(most.getFirst())));
  }

  private void postHistory(HttpServerExchange exchange) throws IOException {
    JsonNode body = body(exchange);
    if (PythonSemantics.toBool(body.path("clear")).booleanValue()) {
      queue.clearHistory();
    }
    body.path("delete").forEach(id -> queue.forgetHistory(id.asText()));
    done(exchange);
  }

  private void interrupt(HttpServerExchange exchange) throws IOException {
    String id;
    try {
      id = body(exchange).path("prompt_id").asText();
    } catch (JsonProcessingException e) {
      id = "";
    }
    queue.interrupt(id.isEmpty() ? null : id);
    done(exchange);
  }

  private void free(HttpServerExchange exchange) throws IOException {
    if (PythonSemantics.toBool(body(exchange).path("free_memory")).booleanValue()) {
      queue.freeMemory();
    }
    done(exchange);
  }

  private void nodeInfo(HttpServerExchange exchange) {
    String name = parameter(exchange, "node");
    ObjectNode answer = JSON.objectNode();
    if (types.knows(name)) {
      answer.set(name, types.describe().get(name));
    }
    json(exchange, answer);
  }

  private void models(HttpServerExchange exchange) {
    JsonNode files = types.models(parameter(exchange, "folder"));
    if (files.isMissingNode()) {
      exchange.setStatusCode(404);
      done(exchange);
    } else {
      json(exchange, files);
    }
  }

  private static String parameter(HttpServerExchange exchange, String name) {
    return Objects.requireNonNull(exchange.getQueryParameters().get(name)).getFirst();
  }

  private static JsonNode body(HttpServerExchange exchange) throws IOException {
    try (InputStream in = exchange.getInputStream()) {
      JsonNode body = MAPPER.readTree(in);
      if (body.isMissingNode()) {
        throw new JsonParseException(null, "The body is empty");
      }
      return body;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  static void json(HttpServerExchange exchange, JsonNode body) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json; charset=utf-8");
    exchange.getResponseSender().send(body.toString());
  }

  static void done(HttpServerExchange exchange) {
    exchange.getResponseSender().send("");
  }
}
