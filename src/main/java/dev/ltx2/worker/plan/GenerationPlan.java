package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Loras;
import dev.ltx2.worker.request.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * The arithmetic of one video (docs/decisions.md, "The arithmetic"): pure and exact.
 *
 * @param duration d, seconds of the audio or as requested
 * @param bufferSeconds b, seconds
 * @param contentFrames C = ceil(d·fps) + 1
 * @param frames F = ceil((d+b)·fps) + 1
 * @param length L, the smallest 8k+1 at or above F: what LTX-2 generates
 * @param deliveredFrames what the client gets: F, or ceil(d·fps) when trimmed to the audio
 * @param audioFrames ceil(d·25) at LTX-2's 25 Hz where the audio is generated, else empty
 * @param guides mode 3, in chain order; else empty
 * @param sampling the sizes and steps it is generated in
 */
public record GenerationPlan(
    Mode mode,
    int width,
    int height,
    int fps,
    double duration,
    double bufferSeconds,
    int contentFrames,
    int frames,
    int length,
    int deliveredFrames,
    OptionalInt audioFrames,
    int steps,
    long seed,
    Loras loras,
    int imgCompression,
    double imgStrength,
    List<Guide> guides,
    Sampling sampling,
    List<String> warnings) {

  /** What API v60 recommends for {@code lora_distilled} 0; the presets have 8 and 12 steps. */
  private static final int UNDISTILLED_STEPS = 25;

  /** LTX-2 makes audio in frames of 40 ms. */
  private static final int AUDIO_RATE = 25;

  /** Lists are copied. */
  public GenerationPlan {
    guides = List.copyOf(guides);
    warnings = List.copyOf(warnings);
  }

  /**
   * Plans a video.
   *
   * @param duration d in seconds: the measured audio, or the request's duration
   * @param seed the request's seed, or the one drawn for it
   * @param rules of the model set that makes it
   */
  public static GenerationPlan of(
      GenerationRequest request, double duration, long seed, SamplingRules rules) {
    if (!(duration > 0 && duration < Integer.MAX_VALUE / 100.0)) {
      throw new IllegalArgumentException("duration " + duration);
    }
    int fps = request.fps();
    int content = Frames.ceil(duration * fps) + 1;
    int frames = Frames.ceil((duration + request.bufferSeconds()) * fps) + 1;
    boolean trimmed = request.trimToAudio() && request.mode().multiframe();
    int delivered = trimmed ? Frames.ceil(duration * fps) : frames;
    GuideChain chain = GuideChain.of(request, content, frames, delivered);
    return new GenerationPlan(
        request.mode(),
        request.width(),
        request.height(),
        fps,
        duration,
        request.bufferSeconds(),
        content,
        frames,
        Frames.ltxLength(frames),
        delivered,
        request.mode().lipSync()
            ? OptionalInt.empty()
            : OptionalInt.of(Frames.ceil(duration * AUDIO_RATE)),
        request.steps(),
        seed,
        request.loras(),
        request.imgCompression(),
        request.imgStrength(),
        chain.guides(),
        Sampling.of(rules, request.width(), request.height(), request.steps(), request.schedule()),
        warnings(request, chain, rules));
  }

  private static List<String> warnings(
      GenerationRequest request, GuideChain chain, SamplingRules rules) {
    List<String> warnings = new ArrayList<>(request.warnings());
    if (rules.distilledLora()
        && request.loras().distilled() == 0
        && request.steps() < UNDISTILLED_STEPS) {
      warnings.add(
          "steps %d is few without the distilled LoRA (lora_distilled 0): take %d or more"
              .formatted(request.steps(), UNDISTILLED_STEPS));
    }
    warnings.addAll(chain.warnings());
    Optional.ofNullable(rules.modeWarnings().get(request.mode())).ifPresent(warnings::add);
    return warnings;
  }

  /** A seed for a request without one, 0 to 2^53-1, so that JavaScript clients read it exactly. */
  public static long drawSeed(RandomGenerator random) {
    return random.nextLong(1L << 53);
  }
}
