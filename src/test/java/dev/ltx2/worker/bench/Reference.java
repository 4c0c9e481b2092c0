package dev.ltx2.worker.bench;

import dev.ltx2.worker.media.AudioFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this machine needs, at this moment, for work of the kinds that a job is made of: what takes
 * twice as long on a slow machine is measured against it, not in milliseconds.
 */
final class Reference {
  static final String NAME = "reference: decode 5 s of MP3, write and read the samples";

  private Reference() {}

  static Row row(int runs) throws Exception {
    double[] values = new double[runs];
    Path wav = Files.createTempFile("ltx2-reference-", ".wav");
    for (int i = -2; i < runs; i++) {
      long start = System.nanoTime();
      AudioFile.decode(Path.of("test-fixtures/media/speech.mp3"), 31, wav);
      Files.readAllBytes(wav);
      if (i >= 0) {
        values[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    Files.delete(wav);
    return new Row(NAME, "ms", values, "");
  }
}
