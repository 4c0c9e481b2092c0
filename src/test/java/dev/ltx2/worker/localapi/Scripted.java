package dev.ltx2.worker.localapi;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.ErrorCode;
import dev.ltx2.worker.job.FieldError;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.ProgressListener;
import dev.ltx2.worker.job.Stage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Jobs that do as their input says: {@code "wait":true} until they are let go, {@code "tail":true}
 * the same with the GPU left already, {@code "fail":…}; else they are done at once.
 */
final class Scripted implements JobRunner, JobPlanner {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** In the order of their start. */
  final List<String> started = new CopyOnWriteArrayList<>();

  private final Map<String, CountDownLatch> waiting = new ConcurrentHashMap<>();

  @Override
  public Answer run(Job job, ProgressListener listener) throws JobFailure, InterruptedException {
    started.add(job.id());
    listener.progress(new Progress(Stage.GENERATE, 40, 3, 8, OptionalInt.of(12)));
    if (job.input().path("tail").asBoolean()) {
      listener.progress(new Progress(Stage.MUX, 93, 8, 8, OptionalInt.empty()));
    }
    if (job.input().path("wait").asBoolean() || job.input().path("tail").asBoolean()) {
      latch(job.id()).await();
    }
    if (job.input().has("fail")) {
      throw new JobFailure(
          ErrorCode.INPUT_DOWNLOAD_FAILED, job.input().path("fail").asText(), false, null);
    }
    return new Made(
        JSON.createObjectNode()
            .put("status", "success")
            .set("output", JSON.createObjectNode().put("video_url", "/files/v.mp4")));
  }

  void release(String id) {
    latch(id).countDown();
  }

  private CountDownLatch latch(String id) {
    return waiting.computeIfAbsent(id, _ -> new CountDownLatch(1));
  }

  @Override
  public Outlook plan(JsonNode input) {
    return input.has("duration")
        ? new Outlook.Planned(JSON.createObjectNode().put("frames", 151), "<svg/>")
        : new Outlook.Invalid(
            "duration is missing", List.of(new FieldError("duration", "duration is missing")));
  }

  @Override
  public String mode(JsonNode input) {
    return "2";
  }

  private record Made(ObjectNode json) implements Answer {
    @Override
    public void writeTo(JsonGenerator out) throws IOException {
      JSON.writeTree(out, json);
    }

    @Override
    public void close() {}
  }
}
