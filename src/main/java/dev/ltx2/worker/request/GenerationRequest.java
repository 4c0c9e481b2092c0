package dev.ltx2.worker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.output.OutputPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A job's input, valid and with every default in place. Field names, ranges and defaults are those
 * of docs/api.md.
 *
 * @param mode which of the four modes the fields select
 * @param images where the images are: one in modes 1 and 2, one per keyframe in mode 3
 * @param audio where the speech is; empty in modes 2 and 3b
 * @param duration seconds, 1 to 30; empty in modes 1 and 3a, where the audio decides
 * @param keyframes mode 3, in the order of the request; else empty
 * @param qualityPreset the label of a preset of the model set, as the answer repeats it
 * @param width pixels, as delivered: even, and a multiple of 32 where the model set rounds
 * @param height pixels, like the width
 * @param fps frames a second, 1 to 60
 * @param bufferSeconds extra seconds behind the content, 0 to 10
 * @param steps sampling steps, 1 to 100
 * @param seed 0 to 2^63-1; empty when the worker draws it
 * @param schedule the sampling schedule's name in the model set
 * @param imgCompression H.264 CRF the first frame is degraded with, 0 to 50
 * @param imgStrength first frame injection of modes 1 and 2, 0 to 1
 * @param fit how the image is brought into the video's shape (modes 1 and 2; keyframes have their
 *     own)
 * @param frameAlignment keyframe indexes are floored to multiples of this, 1 to 64
 * @param trimToAudio whether the buffer is cut off again (mode 3)
 * @param speechNoise noise in the speech that the model hears, 0 to 1; 0 in modes 2 and 3b
 * @param output where the video is wanted; no part of the plan
 * @param given the fields that the request itself has, by their real names
 * @param warnings what was accepted but deserves a word, one sentence each
 */
public record GenerationRequest(
    Mode mode,
    List<Source> images,
    Optional<Source> audio,
    OptionalDouble duration,
    List<Keyframe> keyframes,
    String promptPositive,
    String promptNegative,
    String qualityPreset,
    int width,
    int height,
    int fps,
    double bufferSeconds,
    int steps,
    OptionalLong seed,
    Loras loras,
    String schedule,
    int imgCompression,
    double imgStrength,
    Fit fit,
    int frameAlignment,
    BufferGuide bufferGuide,
    boolean trimToAudio,
    double speechNoise,
    OutputPlace output,
    Set<String> given,
    List<String> warnings) {

  static final String TOO_SHORT = "Duration must be at least 1 second";
  static final String TOO_LONG = "Duration cannot exceed 30 seconds";

  /** Seconds. Encoders pad: speech of 30 s is often a file of a little more. */
  public static final double LONGEST_AUDIO = 30.5;

  /** How an image is brought into the video's shape; from 0, in the order of {@link #images}. */
  public Fit fit(int image) {
    return keyframes.isEmpty() ? fit : keyframes.get(image).fit();
  }

  /** Lists are copied. */
  public GenerationRequest {
    images = List.copyOf(images);
    keyframes = List.copyOf(keyframes);
    given = Set.copyOf(given);
    warnings = List.copyOf(warnings);
  }

  /** The same request with more warnings. */
  public GenerationRequest withWarnings(List<String> more) {
    List<String> all = new ArrayList<>(warnings);
    all.addAll(more);
    return new GenerationRequest(
        mode,
        images,
        audio,
        duration,
        keyframes,
        promptPositive,
        promptNegative,
        qualityPreset,
        width,
        height,
        fps,
        bufferSeconds,
        steps,
        seed,
        loras,
        schedule,
        imgCompression,
        imgStrength,
        fit,
        frameAlignment,
        bufferGuide,
        trimToAudio,
        speechNoise,
        output,
        given,
        all);
  }

  /**
   * Reads and validates a job's {@code input}, which names its files by URL, by the API's own
   * rules.
   *
   * @throws InvalidRequestException with all faults at once
   */
  public static GenerationRequest parse(JsonNode input) throws InvalidRequestException {
    return parse(input, AcceptedSources.REMOTE);
  }

  /**
   * Reads and validates a job's {@code input} by the API's own rules.
   *
   * @param sources what inputs may be
   * @throws InvalidRequestException with all faults at once
   */
  public static GenerationRequest parse(JsonNode input, AcceptedSources sources)
      throws InvalidRequestException {
    return parse(input, sources, RequestRules.API);
  }

  /**
   * Reads and validates a job's {@code input}.
   *
   * @param sources what inputs may be
   * @param rules what the model set says
   * @throws InvalidRequestException with all faults at once
   */
  public static GenerationRequest parse(JsonNode input, AcceptedSources sources, RequestRules rules)
      throws InvalidRequestException {
    if (input instanceof ObjectNode object) {
      return new RequestParser(object, sources, rules).parse();
    }
    String given = input == null ? "null" : Redacted.kind(input);
    throw InvalidRequestException.of(FieldFault.WHOLE, "input must be a JSON object, got " + given);
  }

  /**
   * The two errors for audio that is too short or too long (below 1 s, above 30.5 s).
   *
   * @param seconds the measured length; of audio that is too long, what its header says of it
   */
  public static void checkAudioLength(double seconds) throws InvalidRequestException {
    if (!(seconds >= 1)) {
      // Rounded away from the limit: 0.9999 must not read as 1.
      throw InvalidRequestException.of(
          "audio_url", TOO_SHORT + ": the audio has " + Math.floor(seconds * 1000) / 1000 + " s");
    }
    if (seconds > LONGEST_AUDIO) {
      // Up to the next tenth: 30.50001 must not read as the 30.5 that are taken.
      throw InvalidRequestException.of(
          "audio_url",
          TOO_LONG
              + ": the audio has about "
              + Math.ceil(seconds * 10) / 10
              + " s; cut it to 30 s, or make a video of each part");
    }
  }
}
