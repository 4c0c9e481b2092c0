package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A file that a node wrote.
 *
 * @param subfolder below ComfyUI's folder of {@code type}
 * @param type {@code output} or {@code temp}
 */
record OutputFile(String filename, String subfolder, String type) {
  /**
   * The job's one file with this ending. Under which key a node lists it does not matter:
   * SaveVideo's MP4 is among {@code images}. What nodes show in passing, of type {@code temp}, is
   * no result.
   */
  static Optional<OutputFile> single(JsonNode outputs, String ending, String folder)
      throws ComfyUiException {
    List<OutputFile> found =
        outputs
            .valueStream()
            .flatMap(JsonNode::valueStream)
            .flatMap(JsonNode::valueStream)
            .map(OutputFile::of)
            .filter(file -> file.type.equals("output"))
            .filter(file -> file.filename.toLowerCase(Locale.ROOT).endsWith(ending))
            .toList();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    if (found.size() > 1) {
      throw new ComfyUiException(
          Kind.FAILED,
          "ComfyUI wrote %d %s files where the graph must write one"
              .formatted(found.size(), ending));
    }
    OutputFile output = found.getFirst();
    // An equal graph posted again answers with the first run's files, deleted or not.
    if (!output.subfolder.equals(folder)) {
      throw new ComfyUiException(
          Kind.FAILED,
          "ComfyUI answered with a file of another job (%s/%s); the graph's filename_prefix must"
                  .formatted(output.subfolder, output.filename)
              + " start with "
              + folder
              + '/');
    }
    return Optional.of(output);
  }

  private static OutputFile of(JsonNode file) {
    return new OutputFile(
        file.path("filename").asText(),
        file.path("subfolder").asText(),
        file.path("type").asText());
  }
}
