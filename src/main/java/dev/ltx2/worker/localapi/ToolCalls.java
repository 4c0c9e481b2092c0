package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.common.ExplainedException;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.JobPlanner.Outlook;
import dev.ltx2.worker.localapi.files.MediaFacts;
import dev.ltx2.worker.localapi.files.SentFiles;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What the local API has besides the platform's: plans, files, lists, descriptions. */
final class ToolCalls implements AutoCloseable {
  private static final int RECENT = 50;
  private static final int THREADS = 4;
  private static final int WAITING = 64;

  private final LocalApi.Services services;
  private final ObjectNode settings;

  /** FFmpeg's native code would hold a virtual thread's carrier. */
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(WAITING),
          Thread.ofPlatform().daemon().name("local-api-", 1).factory());

  ToolCalls(LocalApi.Services services, boolean auth) {
    this.services = services;
    this.settings =
        services
            .descriptions()
            .settings()
            .deepCopy()
            .put("auth", auth)
            .put("schema_url", "/openapi.json");
    threads.allowCoreThreadTimeOut(true);
  }

  /** Empty for a call that is none of these. */
  Optional<Reply> handle(Call call) throws Refusal, InterruptedException {
    String asked = call.method() + " " + String.join("/", call.path());
    return switch (asked) {
      case "POST plan" -> Optional.of(plan(body(call)));
      case "POST files" -> Optional.of(accept(call, body(call)));
      case "GET jobs" -> Optional.of(Reply.ok(jobs()));
      case "GET settings.json" -> Optional.of(Reply.ok(settings));
      case "GET openapi.json" ->
          Optional.of(
              Reply.ok(
                  OpenApi.of(
                      services.descriptions().schema().get(), settings.path("version").asText())));
      case "GET metrics" ->
          Optional.of(
              new Reply(
                  200,
                  "text/plain; version=0.0.4; charset=utf-8",
                  ByteBuffer.wrap(services.descriptions().metrics().get()),
                  Map.of()));
      default -> Optional.empty();
    };
  }

  private static Path body(Call call) throws Refusal {
    return call.body().orElseThrow(() -> new Refusal(400, "The body is empty"));
  }

  private ObjectNode jobs() {
    ObjectNode json = Reply.JSON.createObjectNode();
    json.set("jobs", services.queue().recent(RECENT));
    return json;
  }

  private Reply plan(Path body) throws Refusal, InterruptedException {
    JsonNode input = SubmissionReader.input(SubmissionReader.object(body));
    ObjectNode json = Reply.JSON.createObjectNode();
    return switch (outlook(input)) {
      case Outlook.Planned(ObjectNode plan, String timeline) -> {
        json.set("plan", plan);
        yield Reply.ok(json.put("timeline", timeline));
      }
      case Outlook.Invalid(String error, List<FieldError> faults) -> {
        json.put("error", error);
        var errors = json.putArray("errors");
        faults.forEach(fault ->
            errors.addObject().put("field", fault.field()).put("message", fault.message()));
        yield Reply.json(400, json);
      }
    };
  }

  private Outlook outlook(JsonNode input) throws Refusal, InterruptedException {
    try {
      return apart(() -> services.planner().plan(input));
    } catch (Refusal e) {
      throw e;
    } catch (ExplainedException e) {
      throw new Refusal(400, e.getMessage());
    }
  }

  private Reply accept(Call call, Path body) throws Refusal, InterruptedException {
    SentFiles.AcceptedFile file;
    try {
      file = apart(() -> services.files().accept(body));
    } catch (Refusal e) {
      throw e;
    } catch (ExplainedException e) {
      throw new Refusal(415, e.getMessage());
    }
    MediaFacts facts = file.facts();
    ObjectNode json =
        Reply.JSON
            .createObjectNode()
            .put("url", call.base() + "/files/" + file.name())
            .put("name", call.name().isEmpty() ? file.name() : call.name())
            .put("size", file.size())
            .put("content_type", facts.contentType());
    facts.width().ifPresent(width -> json.put("width", width));
    facts.height().ifPresent(height -> json.put("height", height));
    facts
        .seconds()
        .ifPresent(seconds ->
            json.put("duration", BigDecimal.valueOf(seconds).setScale(3, RoundingMode.HALF_UP)));
    return Reply.json(201, json);
  }

  private <T> T apart(Callable<T> work) throws Refusal, ExplainedException, InterruptedException {
    try {
      return threads.submit(work).get();
    } catch (RejectedExecutionException e) {
      throw new Refusal(503, "Too many files and plans are being looked at: try again");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ExplainedException explained) {
        throw explained;
      }
      if (e.getCause() instanceof IOException io) {
        throw new Refusal(507, "The file could not be written to disk: " + io.getMessage());
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
