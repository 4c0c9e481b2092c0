package dev.ltx2.worker.input;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A job's inputs on disk, checked by content.
 *
 * @param images one, or one per keyframe, in the request's order
 * @param audio empty where the audio is generated
 */
public record Inputs(List<Path> images, Optional<Path> audio) {
  /** The same with another file in the audio's place; where there is no audio, the same. */
  public Inputs withAudio(Path file) {
    return new Inputs(images, audio.map(_ -> file));
  }
}
