package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.media.AudioFile;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.rehearsal.NodeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * {@code LoadAudio}, stricter than ComfyUI's own: that fails on, or misreads, many files that every
 * player plays, each in its way. What is taken here is read there to the sample.
 */
final class LoadedAudio {
  private static final Set<String> CODECS =
      Set.of("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "flac");

  private LoadedAudio() {}

  static LtxValue.Audio read(Path file) throws NodeException, MediaException, InterruptedException {
    AudioFile audio = AudioFile.measure(file);
    if (!isWavOrFlac(file) || !CODECS.contains(audio.codec())) {
      throw new NodeException(
          "NotImplementedError",
          "The rehearsal loads PCM WAV (16, 24 and 32 bits) and FLAC only; this is "
              + audio.codec());
    }
    return new LtxValue.Audio(file, audio.seconds(), audio.sampleRate());
  }

  private static boolean isWavOrFlac(Path file) throws MediaException {
    try (InputStream in = Files.newInputStream(file)) {
      String head = new String(in.readNBytes(12), StandardCharsets.ISO_8859_1);
      return head.startsWith("fLaC") || (head.startsWith("RIFF") && head.endsWith("WAVE"));
    } catch (IOException e) {
      throw new MediaException("The audio file cannot be read", e);
    }
  }
}
