package dev.ltx2.worker.diagnostics;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The variables that the platform sets. */
record RunPodExamination(Map<String, String> environment) implements Doctor.Examination {
  @Override
  public List<Diagnosis> run() {
    if (!isHere()) {
      return List.of(Diagnosis.note("runpod", "not here: RUNPOD_WEBHOOK_GET_JOB is not set"));
    }
    List<String> missing =
        Stream.of(
                "RUNPOD_WEBHOOK_POST_OUTPUT",
                "RUNPOD_WEBHOOK_PING",
                "RUNPOD_AI_API_KEY",
                "RUNPOD_POD_ID")
            .filter(name -> !present(name))
            .toList();
    return List.of(
        Diagnosis.of(
            "runpod",
            missing.isEmpty(),
            "its variables are set",
            String.join(", ", missing) + " not set; the platform sets them, do not override them"));
  }

  /** Whether this is a worker of the platform. */
  boolean isHere() {
    return present("RUNPOD_WEBHOOK_GET_JOB");
  }

  private boolean present(String name) {
    return !environment.getOrDefault(name, "").isBlank();
  }
}
