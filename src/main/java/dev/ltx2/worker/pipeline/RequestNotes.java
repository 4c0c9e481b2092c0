package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.input.ImageSize;
import dev.ltx2.worker.plan.Fitting;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.request.Source;
import dev.ltx2.worker.workflow.UnusedFields;
import dev.ltx2.worker.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a request deserves a word for once its images and its workflow are known. */
public final class RequestNotes {
  private RequestNotes() {}

  /**
   * The request with a warning for each image that does not fit, and for each field that the
   * workflow makes nothing of.
   *
   * @param images one per image of the request; empty where it is not at hand
   */
  public static GenerationRequest added(
      GenerationRequest request, List<Optional<Path>> images, Workflow workflow, RequestRules rules)
      throws IOException {
    List<String> warnings = new ArrayList<>(UnusedFields.warnings(workflow, request, rules));
    for (int i = 0; i < images.size(); i++) {
      Optional<ImageSize> size =
          images.get(i).isPresent() ? ImageSize.of(images.get(i).get()) : Optional.empty();
      if (size.isPresent()) {
        Fitting.warning(request, i, size.get().width(), size.get().height())
            .ifPresent(warnings::add);
      }
    }
    return request.withWarnings(warnings);
  }

  /** Fields whose images are on servers, which planning does not ask. */
  public static List<String> notFetched(GenerationRequest request) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < request.images().size(); i++) {
      if (request.images().get(i) instanceof Source.Http) {
        fields.add(request.mode().multiframe() ? "keyframes[" + i + "].image_url" : "image_url");
      }
    }
    return fields;
  }
}
