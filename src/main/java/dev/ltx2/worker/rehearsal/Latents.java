package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.rehearsal.Nodes.Result;
import dev.ltx2.worker.rehearsal.Value.Audio;
import dev.ltx2.worker.rehearsal.Value.Conditioning;
import dev.ltx2.worker.rehearsal.Value.Film;
import dev.ltx2.worker.rehearsal.Value.Frames;
import dev.ltx2.worker.rehearsal.Value.Guide;
import dev.ltx2.worker.rehearsal.Value.Guider;
import dev.ltx2.worker.rehearsal.Value.Latent;
import dev.ltx2.worker.rehearsal.Value.Noise;
import dev.ltx2.worker.rehearsal.Value.Sampling;
import dev.ltx2.worker.rehearsal.Value.Scene;
import dev.ltx2.worker.rehearsal.Value.Sigmas;
import dev.ltx2.worker.rehearsal.Value.Sound;
import dev.ltx2.worker.rehearsal.Value.Still;
import java.util.List;
import java.util.Map;

/** The nodes that make, change and decode latents: pure arithmetic, ComfyUI's to the frame. */
final class Latents {
  /**
   * LTX-2's VAE: a latent pixel is 32 picture pixels, a latent frame after the first 8 pictures.
   */
  private static final int SPACE = 32;

  private static final int TIME = 8;

  /** Hz of decoded sound. */
  static final int SOUND_RATE = 24_000;

  private Latents() {}

  static Result emptyFilm(NodeInputs in) throws NodeException {
    int frames = (in.integer("length") - 1) / TIME + 1;
    return Result.of(
        new Latent(
            new Film(
                in.integer("width") / SPACE,
                in.integer("height") / SPACE,
                frames,
                0,
                List.of(),
                Sampling.NOT),
            null));
  }

  static Result emptySound(NodeInputs in) throws NodeException {
    double rate = in.number("frame_rate");
    int frames = (int) Math.rint(in.integer("frames_number") / rate * 25);
    return Result.of(new Latent(null, new Sound(frames)));
  }

  static Result firstImage(NodeInputs in) throws NodeException {
    if (in.flag("bypass")) {
      return Result.of(in.get("latent", Latent.class));
    }
    Guide guide = new Guide(in.get("image", Still.class), 0, in.number("strength"));
    return Result.of(new Latent(in.film("latent").with(guide, 0), null));
  }

  /** The picture part of a latent that has no sound part: guides know nothing of sound. */
  private static Film filmAlone(NodeInputs in) throws NodeException {
    if (in.get("latent", Latent.class).sound() != null) {
      throw new NodeException("AttributeError", "'NestedTensor' object has no attribute 'clone'");
    }
    return in.film("latent");
  }

  /** Appends one latent frame; the index is looked for among all frames, earlier guides too. */
  static Result addGuide(NodeInputs in) throws NodeException {
    Film film = filmAlone(in);
    Conditioning positive = in.get("positive", Conditioning.class);
    int frame = in.integer("frame_idx");
    if (frame < 0) {
      int content = film.frames() - positive.guides().size();
      frame = Math.max((content - 1) * TIME + 1 + frame, 0);
    }
    if ((frame + TIME - 1) / TIME + 1 > film.frames()) {
      throw new NodeException(
          "AssertionError", "Conditioning frames exceed the length of the latent sequence.");
    }
    var guide = new Guide(in.get("image", Still.class), frame, in.number("strength"));
    return Result.of(
        positive.with(guide),
        in.get("negative", Conditioning.class).with(guide),
        new Latent(film.with(guide, 1), null));
  }

  /** Cuts as many latent frames as the prompt has guides, whether the latent has them or not. */
  static Result cropGuides(NodeInputs in) throws NodeException {
    Conditioning positive = in.get("positive", Conditioning.class);
    var bare = new Conditioning(List.of());
    Film film = filmAlone(in).without(positive.guides().size());
    return Result.of(bare, bare, new Latent(film, null));
  }

  static Result sample(NodeInputs in, Nodes.Steps steps)
      throws NodeException, InterruptedException {
    Guider guider = in.get("guider", Guider.class);
    Latent latent = in.get("latent_image", Latent.class);
    int count = in.get("sigmas", Sigmas.class).steps();
    for (int done = 1; done <= count; done++) {
      steps.step(done, count);
    }
    double camera =
        guider.model().loras().entrySet().stream()
            .filter(lora -> lora.getKey().contains("camera"))
            .mapToDouble(Map.Entry::getValue)
            .sum();
    var how =
        new Sampling(
            count,
            guider.cfg(),
            in.get("noise", Noise.class).seed(),
            camera,
            latent.sound() == null ? 0 : latent.sound().seconds());
    var sampled = new Latent(in.film("latent_image").made(how), latent.sound());
    return Result.of(sampled, sampled);
  }

  static Result decode(NodeInputs in) throws NodeException {
    Film film = in.film("samples");
    if (film.frames() == 0) {
      throw new NodeException("RuntimeError", "The latent has no frames left to decode");
    }
    int frames = (film.frames() - 1) * TIME + 1;
    var scene =
        new Scene(
            film.width() * SPACE,
            film.height() * SPACE,
            frames,
            film.appended() * TIME,
            film.guides(),
            film.how());
    return Result.of(new Frames(scene, 0, frames));
  }

  /** 30 ms short: the vocoder's first latent frame is worth a quarter of the others. */
  static Result decodeSound(NodeInputs in) throws NodeException {
    int frames = in.sound("samples").frames();
    return Result.of(new Audio(null, Math.max(1, 4 * frames - 3) / 100.0, SOUND_RATE));
  }
}
