package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A file that a node wrote.
 *
 * @param subfolder below ComfyUI's folder of {@code type}
 * @param type {@code output} or {@code temp}
 */
record Output(String filename, String subfolder, String type) {
  /**
   * The job's one file with this ending, or null. Under which key a node lists it does not matter:
   * SaveVideo's MP4 is among {@code images}.
   */
  static Output one(JsonNode outputs, String ending, String folder) throws ComfyUiException {
    List<Output> found = new ArrayList<>();
    for (JsonNode node : outputs) {
      for (JsonNode list : node) {
        for (JsonNode file : list) {
          if (file.path("filename").asText().toLowerCase(Locale.ROOT).endsWith(ending)) {
            found.add(
                new Output(
                    file.path("filename").asText(),
                    file.path("subfolder").asText(),
                    file.path("type").asText()));
          }
        }
      }
    }
    if (found.isEmpty()) {
      return null;
    }
    if (found.size() > 1) {
      throw new ComfyUiException(
          Kind.FAILED,
          "ComfyUI wrote %d %s files where the graph must write one"
              .formatted(found.size(), ending));
    }
    Output output = found.getFirst();
    // An equal graph posted again answers with the first run's files, deleted or not.
    if (!output.subfolder.equals(folder) || !output.type.equals("output")) {
      throw new ComfyUiException(
          Kind.FAILED,
          "ComfyUI answered with a file of another job (%s/%s); the graph's filename_prefix must"
                  .formatted(output.subfolder, output.filename)
              + " start with "
              + folder
              + '/');
    }
    return output;
  }
}
