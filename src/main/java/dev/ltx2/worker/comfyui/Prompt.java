package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One graph to run.
 *
 * @param jobId letters, digits, '-', '_' and '.' only; names the job's files in ComfyUI's folders
 * @param graph in ComfyUI's API format; writes its files under {@code jobs/<job id>/}, so that no
 *     equal graph of another job answers with that job's files
 * @param uploads files the graph reads
 * @param texts what the client wrote into the graph: kept out of log lines and errors
 * @param timeout how long generation may take, from posting the prompt
 */
public record Prompt(
    String jobId, ObjectNode graph, List<Upload> uploads, List<String> texts, Duration timeout) {
  /** Refuses names that could leave the job's folder or that ComfyUI would store otherwise. */
  public Prompt {
    if (!plain(jobId)) {
      throw new IllegalArgumentException("job id is not a plain name: " + jobId);
    }
    uploads = List.copyOf(uploads);
    texts = List.copyOf(texts);
    for (Upload upload : uploads) {
      String name = upload.name();
      if (!name.startsWith(folder(jobId) + '/')
          || !plain(name.substring(name.lastIndexOf('/') + 1))
          || name.lastIndexOf('/') != folder(jobId).length()) {
        throw new IllegalArgumentException(
            "upload is not named %s/<letters, digits, - _ .>: %s".formatted(folder(jobId), name));
      }
    }
  }

  /** The job's folder within ComfyUI's. */
  String folder() {
    return folder(jobId);
  }

  private static String folder(String jobId) {
    return "jobs/" + jobId;
  }

  /** ComfyUI stores other characters percent-encoded: {@code x y.png} became {@code x%20y.png}. */
  private static boolean plain(String name) {
    return name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]*");
  }

  /**
   * A file that goes in before the prompt.
   *
   * @param name as the graph refers to it: {@code jobs/<job id>/<letters, digits, - _ .>}
   */
  public record Upload(Path file, String name) {
    String fileName() {
      return name.substring(name.lastIndexOf('/') + 1);
    }
  }
}
