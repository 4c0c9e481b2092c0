package dev.ltx2.worker.comfyui;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a prompt produced, copied out of ComfyUI.
 *
 * @param video the MP4 that SaveVideo wrote
 * @param audio the FLAC that SaveAudio wrote; empty where the graph has none
 * @param queued waiting for ComfyUI to be ready, and for other prompts to end
 * @param generating from posting the prompt to its end
 * @param attempts 1, or 2 when it had to be run again
 */
public record Generated(
    Path video, Optional<Path> audio, Duration queued, Duration generating, int attempts) {
  /** The same with another file in the audio's place. */
  public Generated withAudio(Path file) {
    return new Generated(video, Optional.of(file), queued, generating, attempts);
  }
}
