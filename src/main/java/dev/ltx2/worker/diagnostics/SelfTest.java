package dev.ltx2.worker.diagnostics;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.job.Answer;
import dev.ltx2.worker.job.Job;
import dev.ltx2.worker.job.JobFailure;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.job.ProgressListener;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code {"input":{"self_test":true}}}: a job that needs neither models nor GPU, for the platform's
 * test of a new image. It is answered with what the doctor knows; every other job goes on.
 */
public record SelfTest(JobRunner others, Map<String, String> environment) implements JobRunner {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether a job's input asks for it, and for nothing else. */
  public static boolean asked(JsonNode input) {
    return input != null
        && input.isObject()
        && input.size() == 1
        && input.path("self_test").asBoolean(false);
  }

  @Override
  public Answer run(Job job, ProgressListener listener) throws JobFailure, InterruptedException {
    return asked(job.input()) ? new DoctorAnswer(answer()) : others.run(job, listener);
  }

  /**
   * Models and ComfyUI may be missing on the machine that tests an image, so failures are reported
   * in the answer and do not fail the job.
   */
  private Map<String, Object> answer() {
    List<Diagnosis> lines = Doctor.examine(environment, Wiring.modelFolders(environment));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("status", "success");
    answer.put("healthy", lines.stream().noneMatch(Diagnosis::isFailure));
    answer.put("doctor", lines.stream().map(Diagnosis::toString).toList());
    return answer;
  }

  private record DoctorAnswer(Map<String, Object> content) implements Answer {
    @Override
    public void writeTo(JsonGenerator out) throws IOException {
      JSON.writeValue(out, content);
    }

    @Override
    public void close() {}
  }
}
