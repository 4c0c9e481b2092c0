package dev.ltx2.worker.workflow;

import dev.ltx2.worker.request.Fit;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a graph needs beside the plan.
 *
 * @param images names as ComfyUI knows the uploaded images: one, or one per keyframe
 * @param fits how each of them is brought into the video's shape
 * @param audio name as ComfyUI knows the uploaded speech; null where the audio is generated
 * @param filePrefix folder of the result files, the job's own, ending with a slash: {@code
 *     jobs/<job id>/}. The video becomes {@code jobs/<job id>/video_00001_.mp4}, generated audio
 *     {@code jobs/<job id>/audio_00001.flac}
 */
public record GraphInputs(
    String promptPositive,
    String promptNegative,
    List<String> images,
    List<Fit> fits,
    @Nullable String audio,
    String filePrefix) {
  private static final Pattern NAME = Pattern.compile("(?!\\.+(/|$))[A-Za-z0-9._-]+");
  private static final Pattern FILE = Pattern.compile("(" + NAME + "/)*" + NAME);
  private static final Pattern FOLDER = Pattern.compile("(" + NAME + "/)+");

  /**
   * Checks the names.
   *
   * @throws IllegalArgumentException for names with other than letters, digits, {@code - _ .}
   *     between slashes: ComfyUI expands {@code %year%} in a prefix and takes {@code x.png
   *     [output]} for a file of another folder
   */
  public GraphInputs {
    Objects.requireNonNull(promptPositive, "promptPositive");
    Objects.requireNonNull(promptNegative, "promptNegative");
    images = List.copyOf(images);
    fits = List.copyOf(fits);
    if (fits.size() != images.size()) {
      throw new IllegalArgumentException(fits.size() + " fits for " + images.size() + " images");
    }
    images.forEach(image -> check(FILE, "image", image));
    if (audio != null) {
      check(FILE, "audio", audio);
    }
    check(FOLDER, "filePrefix", filePrefix);
  }

  /** Inputs whose images are all padded. */
  public GraphInputs(
      String promptPositive,
      String promptNegative,
      List<String> images,
      @Nullable String audio,
      String filePrefix) {
    this(
        promptPositive,
        promptNegative,
        images,
        Collections.nCopies(images.size(), Fit.PAD),
        audio,
        filePrefix);
  }

  private static void check(Pattern pattern, String field, String name) {
    if (!pattern.matcher(name).matches()) {
      throw new IllegalArgumentException(
          field + " '" + name + "' is not a name of the worker's own");
    }
  }
}
