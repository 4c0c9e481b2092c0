package dev.ltx2.worker.rehearsal.ltx;

import static java.util.Map.entry;

import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Audio;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.AudioLatent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.AudioVae;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Latent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.SamplerRun;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Scene;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Upscaler;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoLatent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoVae;
import java.util.List;
import java.util.Map;

/** The nodes that make, change and decode latents: pure arithmetic, ComfyUI's to the frame. */
final class Latents {
  /** LTX-2's VAE: a latent pixel is 32 image pixels, a latent frame after the first 8 images. */
  private static final int SPACE = 32;

  static final int TIME = 8;
  private static final int AUDIO_FRAMES_PER_SECOND = 25;

  private Latents() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.ofEntries(
        entry("EmptyLTXVLatentVideo", (in, steps) -> emptyVideo(in)),
        entry("LTXVEmptyLatentAudio", (in, steps) -> emptyAudio(in)),
        entry("LTXVLatentUpsampler", (in, steps) -> upscale(in)),
        entry("TrimAudioDuration", (in, steps) -> trim(in)),
        entry("LTXVAudioVAEEncode", (in, steps) -> encodeAudio(in)),
        entry("LTXVAudioVAEDecode", (in, steps) -> decodeAudio(in)),
        entry("LTXVConcatAVLatent", (in, steps) -> join(in)),
        entry("LTXVSeparateAVLatent", (in, steps) -> separate(in)),
        entry("VAEDecode", (in, steps) -> decode(in)),
        entry("VAEDecodeTiled", (in, steps) -> decode(in)));
  }

  private static NodeResult encodeAudio(NodeInputs in) throws NodeException {
    in.get("audio_vae", AudioVae.class);
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

  static VideoLatent videoPart(NodeInputs in, String name) throws NodeException {
    VideoLatent video = in.get(name, Latent.class).video();
    if (video == null) {
      throw new NodeException("ValueError", "The latent of input " + name + " has no video part");
    }
    return video;
  }

  static AudioLatent audioPart(NodeInputs in, String name) throws NodeException {
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
                SamplerRun.NOT),
            null));
  }

  static NodeResult emptyAudio(NodeInputs in) throws NodeException {
    in.get("audio_vae", AudioVae.class);
    double rate = in.number("frame_rate");
    int frames = (int) Math.rint(in.integer("frames_number") / rate * 25);
    return NodeResult.of(new Latent(null, new AudioLatent(frames)));
  }

  /** Twice the size in both directions; what was masked is not any more. */
  private static NodeResult upscale(NodeInputs in) throws NodeException {
    in.get("upscale_model", Upscaler.class);
    in.get("vae", VideoVae.class);
    return NodeResult.of(new Latent(Guides.videoAlone(in, "samples").upscaled(), null));
  }

  static NodeResult decode(NodeInputs in) throws NodeException {
    VideoLatent video = videoPart(in, "samples");
    in.get("vae", VideoVae.class);
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
    int rate = in.get("audio_vae", AudioVae.class).rate();
    return NodeResult.of(new Audio(null, Math.max(1, 4 * frames - 3) / 100.0, rate));
  }
}
