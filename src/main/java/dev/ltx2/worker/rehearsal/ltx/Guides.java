package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Conditioning;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Latent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.PlacedGuide;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoLatent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoVae;
import java.util.Map;

/**
 * The nodes that hold a video by images. A guide is a latent frame appended to the latent, and so
 * many tokens noted in the prompt; how many latent frames these tokens are is asked again of each
 * latent, so that in the next stage four guides of the half size pass for one.
 */
final class Guides {
  private Guides() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.of(
        "LTXVImgToVideoInplace",
        (in, steps) -> firstImage(in),
        "LTXVAddGuide",
        (in, steps) -> add(in),
        "LTXVCropGuides",
        (in, steps) -> crop(in));
  }

  private static PlacedGuide guide(NodeInputs in, VideoLatent video, int frame)
      throws NodeException {
    in.get("vae", VideoVae.class);
    Image image = in.get("image", Image.class);
    return new PlacedGuide(image, frame, in.number("strength"), video.frameTokens());
  }

  private static NodeResult firstImage(NodeInputs in) throws NodeException {
    if (in.flag("bypass")) {
      return NodeResult.of(in.get("latent", Latent.class));
    }
    VideoLatent video = Latents.videoPart(in, "latent");
    return NodeResult.of(new Latent(video.with(guide(in, video, 0), 0), null));
  }

  /** The image part of a latent that has no audio part: guides know nothing of audio. */
  static VideoLatent videoAlone(NodeInputs in, String name) throws NodeException {
    if (in.get(name, Latent.class).audio() != null) {
      throw new NodeException("AttributeError", "'NestedTensor' object has no attribute 'clone'");
    }
    return Latents.videoPart(in, name);
  }

  /** Appends one latent frame; the index is looked for among all frames, earlier guides too. */
  private static NodeResult add(NodeInputs in) throws NodeException {
    VideoLatent video = videoAlone(in, "latent");
    Conditioning positive = in.get("positive", Conditioning.class);
    int frame = in.integer("frame_idx");
    if (frame < 0) {
      int content = video.frames() - positive.guideFrames(video.frameTokens());
      frame = Math.max((content - 1) * Latents.TIME + 1 + frame, 0);
    }
    if ((frame + Latents.TIME - 1) / Latents.TIME + 1 > video.frames()) {
      throw new NodeException(
          "AssertionError", "Conditioning frames exceed the length of the latent sequence.");
    }
    PlacedGuide guide = guide(in, video, frame);
    return NodeResult.of(
        guided(positive, guide),
        guided(in.get("negative", Conditioning.class), guide),
        new Latent(video.with(guide, 1), null));
  }

  private static Conditioning guided(Conditioning prompt, PlacedGuide guide) {
    return new Conditioning(prompt.guideTokens() + guide.tokens());
  }

  /** Cuts as many latent frames as the prompt has guides, whether the latent has them or not. */
  private static NodeResult crop(NodeInputs in) throws NodeException {
    Conditioning positive = in.get("positive", Conditioning.class);
    Conditioning negative = in.get("negative", Conditioning.class);
    VideoLatent video = videoAlone(in, "latent");
    int count = positive.guideFrames(video.frameTokens());
    return count == 0
        ? NodeResult.of(positive, negative, new Latent(video, null))
        : NodeResult.of(
            Conditioning.UNGUIDED, Conditioning.UNGUIDED, new Latent(video.without(count), null));
  }

  /**
   * Whether a sampler takes the right frames for guides.
   *
   * @throws NodeException ComfyUI's own, where it notices
   */
  static boolean astray(Conditioning positive, VideoLatent video) throws NodeException {
    int tokens = positive.guideTokens();
    if (tokens % video.frameTokens() != 0) {
      throw new NodeException(
          "ValueError",
          ("keyframe_idxs holds %d tokens, which is not a whole number of %d-token latent frames. The"
                  + " appended frames were recorded against a different spatial resolution than the"
                  + " latent being sampled, so their positions would land on the wrong tokens. Crop"
                  + " the guides and separate the generated keyframes before upscaling the latent.")
              .formatted(tokens, video.frameTokens()));
    }
    int all = video.frames() * video.frameTokens();
    if (tokens > all) {
      throw new NodeException(
          "ValueError",
          "guide pre_filter_counts (%d) != keyframe grid mask length (%d)".formatted(tokens, all));
    }
    return positive.guideFrames(video.frameTokens()) != video.appended();
  }
}
