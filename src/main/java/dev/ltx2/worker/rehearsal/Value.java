package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.media.Bitmap;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What flows along the links of a graph: the meaning of ComfyUI's objects, without the tensors. */
sealed interface Value {
  /** A diffusion model with its LoRAs, by file name. */
  record Model(Map<String, Double> loras) implements Value {}

  /** A text encoder, sampler name, noise mask or decoder: only its presence counts. */
  record Part(String kind) implements Value {}

  /** An encoded prompt with the guides that were added to it, in order. */
  record Conditioning(List<Guide> guides) implements Value {
    Conditioning with(Guide guide) {
      List<Guide> more = new ArrayList<>(guides);
      more.add(guide);
      return new Conditioning(List.copyOf(more));
    }
  }

  /** A picture that holds the film at a frame. */
  record Guide(Still image, int frame, double strength) {}

  /** IMAGE: one picture, or the frames of a film. */
  sealed interface Images extends Value {
    int width();

    int height();

    int count();
  }

  /** A single picture. */
  record Still(Bitmap picture) implements Images {
    @Override
    public int width() {
      return picture.width();
    }

    @Override
    public int height() {
      return picture.height();
    }

    @Override
    public int count() {
      return 1;
    }
  }

  /** Frames {@code first} to {@code first + count - 1} of a decoded scene. */
  record Frames(Scene scene, int first, int count) implements Images {
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
   * @param frames pictures, junk included
   * @param junk pictures at the end that come from guides nobody cropped
   */
  record Scene(int width, int height, int frames, int junk, List<Guide> guides, Sampling how) {}

  /**
   * How a latent was made.
   *
   * @param camera sum of the strengths of camera LoRAs
   * @param soundSeconds length of the sound it was made with, 0 without
   */
  record Sampling(int steps, double cfg, BigInteger seed, double camera, double soundSeconds) {
    static final Sampling NOT = new Sampling(0, 0, BigInteger.ZERO, 0, 0);
  }

  /** LATENT: a picture part, a sound part, or both; the other is null. */
  record Latent(Film film, Sound sound) implements Value {}

  /**
   * The picture part. {@code frames} counts latent frames, of which the last {@code appended} are
   * guides: each {@code LTXVAddGuide} puts one there.
   */
  record Film(int width, int height, int frames, int appended, List<Guide> guides, Sampling how) {
    Film with(Guide guide, int more) {
      List<Guide> all = new ArrayList<>(guides);
      all.add(guide);
      return new Film(width, height, frames + more, appended + more, List.copyOf(all), how);
    }

    Film made(Sampling sampling) {
      return new Film(width, height, frames, appended, guides, sampling);
    }

    /** Without its last {@code count} latent frames. */
    Film without(int count) {
      return new Film(
          width, height, Math.max(0, frames - count), Math.max(0, appended - count), guides, how);
    }
  }

  /** The sound part: 25 latent frames a second. */
  record Sound(int frames) {
    double seconds() {
      return frames / 25.0;
    }
  }

  /** AUDIO from a file, or {@code file} null: decoded, a soft tone. */
  record Audio(Path file, double seconds, int sampleRate) implements Value {}

  /** The seed. */
  record Noise(BigInteger seed) implements Value {}

  /** The steps of a schedule. */
  record Sigmas(int steps) implements Value {}

  /** Model, prompt and cfg together. */
  record Guider(Model model, Conditioning positive, double cfg) implements Value {}

  /** VIDEO: frames at a rate. */
  record Movie(Frames frames, double fps) implements Value {}
}
