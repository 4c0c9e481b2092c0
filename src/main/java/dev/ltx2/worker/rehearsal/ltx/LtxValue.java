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

  /** A text encoder, sampler name, noise mask or decoder: only its presence counts. */
  record Part(String kind) implements LtxValue {}

  /** An encoded prompt with the guides that were added to it, in order. */
  record Conditioning(List<PlacedGuide> guides) implements LtxValue {
    Conditioning with(PlacedGuide guide) {
      List<PlacedGuide> more = new ArrayList<>(guides);
      more.add(guide);
      return new Conditioning(List.copyOf(more));
    }
  }

  /** An image that holds the video at a frame. */
  record PlacedGuide(Image image, int frame, double strength) {}

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

  /** DecodedFrames {@code first} to {@code first + count - 1} of a decoded scene. */
  record DecodedFrames(Scene scene, int first, int count) implements Images {
    @Override
    public int width() {
      return scene.width();
    }

    @Override
    public int height() {
      return scene.height();
    }
  }

  /**
   * Everything the painter needs to know of a decoded latent.
   *
   * @param frames images, junk included
   * @param junk images at the end that come from guides nobody cropped
   */
  record Scene(
      int width, int height, int frames, int junk, List<PlacedGuide> guides, Sampling how) {}

  /**
   * How a latent was made.
   *
   * @param camera sum of the strengths of camera LoRAs
   * @param audioSeconds length of the audio it was made with, 0 without
   */
  record Sampling(int steps, double cfg, BigInteger seed, double camera, double audioSeconds) {
    static final Sampling NOT = new Sampling(0, 0, BigInteger.ZERO, 0, 0);
  }

  /** LATENT: a video part, an audio part, or both; the other is null. */
  record Latent(@Nullable VideoLatent video, @Nullable AudioLatent audio) implements LtxValue {}

  /**
   * The video part. {@code frames} counts latent frames, of which the last {@code appended} are
   * guides: each {@code LTXVAddGuide} puts one there.
   */
  record VideoLatent(
      int width, int height, int frames, int appended, List<PlacedGuide> guides, Sampling how) {
    VideoLatent with(PlacedGuide guide, int more) {
      List<PlacedGuide> all = new ArrayList<>(guides);
      all.add(guide);
      return new VideoLatent(width, height, frames + more, appended + more, List.copyOf(all), how);
    }

    VideoLatent made(Sampling sampling) {
      return new VideoLatent(width, height, frames, appended, guides, sampling);
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

  /** AUDIO from a file, or {@code file} null: decoded, a soft tone. */
  record Audio(@Nullable Path file, double seconds, int sampleRate) implements LtxValue {}

  /** The seed. */
  record Noise(BigInteger seed) implements LtxValue {}

  /** The steps of a schedule. */
  record Sigmas(int steps) implements LtxValue {}

  /** DiffusionModel, prompt and cfg together. */
  record Guider(DiffusionModel model, Conditioning positive, double cfg) implements LtxValue {}

  /** VIDEO: frames at a rate. */
  record Video(DecodedFrames frames, double fps) implements LtxValue {}
}
