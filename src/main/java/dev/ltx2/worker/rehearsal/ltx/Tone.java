package dev.ltx2.worker.rehearsal.ltx;

/** The rehearsal's audio: a soft low tone that swells each second. */
public final class Tone {
  private static final double PITCH = 220;

  private Tone() {}

  public static float[] samples(double seconds, int rate) {
    float[] samples = new float[(int) Math.round(seconds * rate)];
    for (int i = 0; i < samples.length; i++) {
      double t = (double) i / rate;
      double swell = 0.5 - 0.5 * Math.cos(2 * Math.PI * t);
      samples[i] = (float) (0.1 * swell * Math.sin(2 * Math.PI * PITCH * t));
    }
    return samples;
  }
}
