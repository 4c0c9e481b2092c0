package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.rehearsal.NodeValue;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What flows along the links of a graph: the meaning of ComfyUI's objects, without the tensors. */
sealed interface LtxValue extends NodeValue {
  /** A diffusion model with its LoRAs, by file name. */
  record DiffusionModel(Map<String, Double> loras) implements LtxValue {}

  /** A sampler name, text encoder or noise mask: only its presence counts. */
  record Part(String kind) implements LtxValue {}

  /** The video's VAE, which also knows the latent upscaler's statistics. */
  record VideoVae() implements LtxValue {}

  /** The audio's VAE with its vocoder; what it decodes is stereo of {@code rate} Hz. */
  record AudioVae(int rate) implements LtxValue {}

  /** A latent upscaler: twice the width and twice the height. */
  record Upscaler() implements LtxValue {}

  /** An encoded prompt, and how many tokens the guides have that were added to it. */
  record Conditioning(int guideTokens) implements LtxValue {
    static final Conditioning UNGUIDED = new Conditioning(0);

    /** How many latent frames of {@code frameTokens} tokens the guides are taken for. */
    int guideFrames(int frameTokens) {
      return guideTokens / frameTokens;
    }
  }

  /**
   * An image that holds the video at a frame.
   *
   * @param tokens of the latent frame it was made for: four times as many in the next stage
   */
  record PlacedGuide(Image image, int frame, double strength, int tokens) {}

  /** IMAGE: one image, or the frames of a video. */
  sealed interface Images extends LtxValue {
    int width();

    int height();

    int count();
  }

  /** A single image. */
  record Image(Bitmap bitmap) implements Images {
    @Override
    public int width() {
      return bitmap.width();
    }

    @Override
    public int height() {
      return bitmap.height();
    }

    @Override
    public int count() {
      return 1;
    }
  }

  /**
   * Frames {@code first} to {@code first + count - 1} of a decoded scene, and what part of each.
   */
  record DecodedFrames(Scene scene, int first, int count, Crop part) implements Images {
    DecodedFrames(Scene scene, int first, int count) {
      this(scene, first, count, new Crop(0, 0, scene.width(), scene.height()));
    }

    /** {@code length} of these frames, from their {@code index} on. */
    DecodedFrames from(int index, int length) {
      return new DecodedFrames(scene, first + index, length, part);
    }

    /** A part of what these show. */
    DecodedFrames cut(Crop cut) {
      int left = part.left() + cut.left();
      int top = part.top() + cut.top();
      return new DecodedFrames(scene, first, count, new Crop(left, top, cut.width(), cut.height()));
    }

    @Override
    public int width() {
      return part.width();
    }

    @Override
    public int height() {
      return part.height();
    }
  }

  /** A part of an image. */
  record Crop(int left, int top, int width, int height) {
    /** As {@code ImageCrop} cuts: what stands out is left away. */
    static Crop of(Images images, int left, int top, int width, int height) {
      int x = Math.min(left, images.width() - 1);
      int y = Math.min(top, images.height() - 1);
      return new Crop(
          x, y, Math.min(width, images.width() - x), Math.min(height, images.height() - y));
    }

    Bitmap of(Bitmap image) {
      return image.part(left, top, width, height);
    }
  }

  /**
   * Everything the painter needs to know of a decoded latent.
   *
   * @param frames images, junk included
   * @param junk images at the end that come from guides nobody cropped
   */
  record Scene(
      int width, int height, int frames, int junk, List<PlacedGuide> guides, SamplerRun how) {}

  /**
   * How a latent was made.
   *
   * @param camera sum of the strengths of camera LoRAs
   * @param audioSeconds length of the audio it was made with, 0 without
   * @param astray whether a sampler took frames of the video for guides, or guides for frames of
   *     the video, since its prompt was made for guides of another latent
   */
  record SamplerRun(
      int steps, double cfg, BigInteger seed, double camera, double audioSeconds, boolean astray) {
    static final SamplerRun NOT = new SamplerRun(0, 0, BigInteger.ZERO, 0, 0, false);
  }

  /** LATENT: a video part, an audio part, or both; the other is null. */
  record Latent(@Nullable VideoLatent video, @Nullable AudioLatent audio) implements LtxValue {}

  /**
   * The video part. {@code frames} counts latent frames, of which the last {@code appended} are
   * guides: each {@code LTXVAddGuide} puts one there.
   */
  record VideoLatent(
      int width, int height, int frames, int appended, List<PlacedGuide> guides, SamplerRun how) {
    /** Tokens of one latent frame. */
    int frameTokens() {
      return width * height;
    }

    /** With a guide, which replaces that of an earlier stage at its frame. */
    VideoLatent with(PlacedGuide guide, int more) {
      List<PlacedGuide> all = new ArrayList<>(guides);
      all.removeIf(old -> old.frame() == guide.frame() && old.tokens() < guide.tokens());
      all.add(guide);
      return new VideoLatent(width, height, frames + more, appended + more, List.copyOf(all), how);
    }

    VideoLatent made(SamplerRun sampling) {
      return new VideoLatent(width, height, frames, appended, guides, sampling);
    }

    /** Twice as wide and high, its guides' frames still at its end. */
    VideoLatent upscaled() {
      return new VideoLatent(2 * width, 2 * height, frames, appended, guides, how);
    }

    /** Without its last {@code count} latent frames. */
    VideoLatent without(int count) {
      return new VideoLatent(
          width, height, Math.max(0, frames - count), Math.max(0, appended - count), guides, how);
    }
  }

  /** The audio part: 25 latent frames a second. */
  record AudioLatent(int frames) {
    double seconds() {
      return frames / 25.0;
    }
  }

  /** AUDIO from a file, or {@code file} null: decoded, a soft tone in stereo. */
  record Audio(@Nullable Path file, double seconds, int sampleRate) implements LtxValue {}

  /** The seed. */
  record Noise(BigInteger seed) implements LtxValue {}

  /** The steps of a schedule, one less than it has values. */
  record Sigmas(int steps) implements LtxValue {}

  /** DiffusionModel, prompt and cfg together. */
  record Guider(DiffusionModel model, Conditioning positive, double cfg) implements LtxValue {}

  /** VIDEO: frames at a rate. */
  record Video(DecodedFrames frames, double fps) implements LtxValue {}
}
