package dev.ltx2.worker.pipeline;

import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Path;

/** A request's audio: all that can be wrong with it is told before the GPU is taken. */
public final class RequestAudio {
  private RequestAudio() {}

  /** Its length in seconds, by decoding it. */
  public static double seconds(Path audio) throws InvalidRequestException, InterruptedException {
    try {
      return checked(AudioFile.measure(audio, GenerationRequest.LONGEST_AUDIO));
    } catch (MediaException e) {
      throw refused(e);
    }
  }

  /**
   * The same, and writes what ComfyUI is to hear. Its {@code LoadAudio} fails on, or misreads in
   * silence, files that every player plays; so it gets our decode, PCM in {@code wav}, exactly as
   * long as the answer. A video is never shorter than its speech, so nothing is cut off for it.
   */
  static double decode(Path audio, Path wav)
      throws InvalidRequestException, IOException, InterruptedException {
    try {
      return checked(AudioFile.decode(audio, GenerationRequest.LONGEST_AUDIO, wav));
    } catch (MediaException e) {
      throw refused(e);
    }
  }

  private static double checked(AudioFile audio) throws InvalidRequestException {
    GenerationRequest.checkAudioLength(audio.seconds());
    return audio.seconds();
  }

  private static InvalidRequestException refused(MediaException e) {
    return InvalidRequestException.of("audio_url", "audio_url: " + e.getMessage());
  }
}
