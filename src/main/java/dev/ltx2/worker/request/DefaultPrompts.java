package dev.ltx2.worker.request;

/** What is asked for when the request says nothing. */
final class DefaultPrompts {
  static final String SPEECH_POSITIVE =
      "A person speaks naturally to the camera, lips in exact sync with every word, lively eyes,"
          + " small gestures and head movements, even light, sharp focus, steady background";
  static final String SPEECH_NEGATIVE =
      "blurry, low quality, static face, lips out of sync, distorted mouth, extra teeth, flicker,"
          + " jitter, warped hands, watermark, subtitles";
  static final String AUDIO_POSITIVE =
      "A person speaks naturally in a clear, warm voice, with the quiet sounds of the place around,"
          + " lively eyes, small gestures, fluid motion, even light, sharp focus";
  static final String AUDIO_NEGATIVE =
      "blurry, low quality, static, flicker, jitter, distorted face, warped hands, watermark,"
          + " subtitles, noise, clipped or muffled sound, silence";

  private DefaultPrompts() {}
}
