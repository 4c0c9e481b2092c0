package dev.ltx2.worker.rehearsal.ltx;

import static java.util.Map.entry;

import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Audio;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.AudioLatent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Conditioning;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Guider;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Latent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Noise;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.PlacedGuide;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Sampling;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Scene;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Sigmas;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoLatent;
import java.util.List;
import java.util.Map;

/** The nodes that make, change and decode latents: pure arithmetic, ComfyUI's to the frame. */
final class Latents {
  /** LTX-2's VAE: a latent pixel is 32 image pixels, a latent frame after the first 8 images. */
  private static final int SPACE = 32;

  private static final int TIME = 8;
  private static final int AUDIO_FRAMES_PER_SECOND = 25;

  /** Hz of decoded audio. */
  static final int AUDIO_RATE = 24_000;

  private Latents() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.ofEntries(
        entry("EmptyLTXVLatentVideo", (in, steps) -> emptyVideo(in)),
        entry("LTXVEmptyLatentAudio", (in, steps) -> emptyAudio(in)),
        entry("LTXVImgToVideoInplace", (in, steps) -> firstImage(in)),
        entry("LTXVAddGuide", (in, steps) -> addGuide(in)),
        entry("LTXVCropGuides", (in, steps) -> cropGuides(in)),
        entry("TrimAudioDuration", (in, steps) -> trim(in)),
        entry("LTXVAudioVAEEncode", (in, steps) -> encodeAudio(in)),
        entry("LTXVAudioVAEDecode", (in, steps) -> decodeAudio(in)),
        entry("LTXVConcatAVLatent", (in, steps) -> join(in)),
        entry("LTXVSeparateAVLatent", (in, steps) -> separate(in)),
        entry("VAEDecode", (in, steps) -> decode(in)),
        entry("VAEDecodeTiled", (in, steps) -> decode(in)));
  }

  private static NodeResult encodeAudio(NodeInputs in) throws NodeException {
    double seconds = in.get("audio", Audio.class).seconds();
    int frames = (int) Math.ceil(seconds * AUDIO_FRAMES_PER_SECOND - 1e-6);
    return NodeResult.of(new Latent(null, new AudioLatent(frames)));
  }

  private static NodeResult join(NodeInputs in) throws NodeException {
    return NodeResult.of(new Latent(videoPart(in, "video_latent"), audioPart(in, "audio_latent")));
  }

  private static NodeResult separate(NodeInputs in) throws NodeException {
    return NodeResult.of(
        new Latent(videoPart(in, "av_latent"), null), new Latent(null, audioPart(in, "av_latent")));
  }

  private static VideoLatent videoPart(NodeInputs in, String name) throws NodeException {
    VideoLatent video = in.get(name, Latent.class).video();
    if (video == null) {
      throw new NodeException("ValueError", "The latent of input " + name + " has no video part");
    }
    return video;
  }

  private static AudioLatent audioPart(NodeInputs in, String name) throws NodeException {
    AudioLatent audio = in.get(name, Latent.class).audio();
    if (audio == null) {
      throw new NodeException("ValueError", "The latent of input " + name + " has no audio part");
    }
    return audio;
  }

  private static NodeResult trim(NodeInputs in) throws NodeException {
    Audio audio = in.get("audio", Audio.class);
    double start = in.number("start_index");
    double from = Math.clamp(start < 0 ? audio.seconds() + start : start, 0, audio.seconds());
    double to = Math.min(from + in.number("duration"), audio.seconds());
    if (from >= to) {
      throw new NodeException(
          "ValueError",
          "TrimAudioDuration: Start time must be less than end time and be within the audio"
              + " length.");
    }
    return NodeResult.of(new Audio(audio.file(), to - from, audio.sampleRate()));
  }

  static NodeResult emptyVideo(NodeInputs in) throws NodeException {
    int frames = (in.integer("length") - 1) / TIME + 1;
    return NodeResult.of(
        new Latent(
            new VideoLatent(
                in.integer("width") / SPACE,
                in.integer("height") / SPACE,
                frames,
                0,
                List.of(),
                Sampling.NOT),
            null));
  }

  static NodeResult emptyAudio(NodeInputs in) throws NodeException {
    double rate = in.number("frame_rate");
    int frames = (int) Math.rint(in.integer("frames_number") / rate * 25);
    return NodeResult.of(new Latent(null, new AudioLatent(frames)));
  }

  static NodeResult firstImage(NodeInputs in) throws NodeException {
    if (in.flag("bypass")) {
      return NodeResult.of(in.get("latent", Latent.class));
    }
    PlacedGuide guide = new PlacedGuide(in.get("image", Image.class), 0, in.number("strength"));
    return NodeResult.of(new Latent(videoPart(in, "latent").with(guide, 0), null));
  }

  /** The image part of a latent that has no audio part: guides know nothing of audio. */
  private static VideoLatent videoAlone(NodeInputs in) throws NodeException {
    if (in.get("latent", Latent.class).audio() != null) {
      throw new NodeException("AttributeError", "'NestedTensor' object has no attribute 'clone'");
    }
    return videoPart(in, "latent");
  }

  /** Appends one latent frame; the index is looked for among all frames, earlier guides too. */
  static NodeResult addGuide(NodeInputs in) throws NodeException {
    VideoLatent video = videoAlone(in);
    Conditioning positive = in.get("positive", Conditioning.class);
    int frame = in.integer("frame_idx");
    if (frame < 0) {
      int content = video.frames() - positive.guides().size();
      frame = Math.max((content - 1) * TIME + 1 + frame, 0);
    }
    if ((frame + TIME - 1) / TIME + 1 > video.frames()) {
      throw new NodeException(
          "AssertionError", "Conditioning frames exceed the length of the latent sequence.");
    }
    var guide = new PlacedGuide(in.get("image", Image.class), frame, in.number("strength"));
    return NodeResult.of(
        positive.with(guide),
        in.get("negative", Conditioning.class).with(guide),
        new Latent(video.with(guide, 1), null));
  }

  /** Cuts as many latent frames as the prompt has guides, whether the latent has them or not. */
  static NodeResult cropGuides(NodeInputs in) throws NodeException {
    Conditioning positive = in.get("positive", Conditioning.class);
    var bare = new Conditioning(List.of());
    VideoLatent video = videoAlone(in).without(positive.guides().size());
    return NodeResult.of(bare, bare, new Latent(video, null));
  }

  static NodeResult sample(NodeInputs in, NodeMeaning.Steps steps)
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
            latent.audio() == null ? 0 : latent.audio().seconds());
    var sampled = new Latent(videoPart(in, "latent_image").made(how), latent.audio());
    return NodeResult.of(sampled, sampled);
  }

  static NodeResult decode(NodeInputs in) throws NodeException {
    VideoLatent video = videoPart(in, "samples");
    if (video.frames() == 0) {
      throw new NodeException("RuntimeError", "The latent has no frames left to decode");
    }
    int frames = (video.frames() - 1) * TIME + 1;
    var scene =
        new Scene(
            video.width() * SPACE,
            video.height() * SPACE,
            frames,
            video.appended() * TIME,
            video.guides(),
            video.how());
    return NodeResult.of(new DecodedFrames(scene, 0, frames));
  }

  /** 30 ms short: the vocoder's first latent frame is worth a quarter of the others. */
  static NodeResult decodeAudio(NodeInputs in) throws NodeException {
    int frames = audioPart(in, "samples").frames();
    return NodeResult.of(new Audio(null, Math.max(1, 4 * frames - 3) / 100.0, AUDIO_RATE));
  }
}
