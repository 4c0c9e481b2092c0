package dev.ltx2.worker.rehearsal.ltx;

import static java.util.Map.entry;

import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Conditioning;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DiffusionModel;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Guider;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Latent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Noise;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Part;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.SamplerRun;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Sigmas;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoLatent;
import java.math.BigInteger;
import java.util.Map;
import java.util.regex.Pattern;

/** The nodes that say how to sample, and the sampler, which takes its steps and paints nothing. */
final class SamplingNodes {
  /** What {@code ManualSigmas} takes for a number. */
  private static final Pattern NUMBER = Pattern.compile("[-+]?(?:\\d*\\.*\\d+)");

  private SamplingNodes() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.ofEntries(
        entry(
            "RandomNoise",
            (in, steps) -> NodeResult.of(new Noise(new BigInteger(in.text("noise_seed"))))),
        entry("KSamplerSelect", (in, steps) -> NodeResult.of(new Part("SAMPLER"))),
        entry("SamplerEulerAncestral", (in, steps) -> NodeResult.of(new Part("SAMPLER"))),
        entry(
            "BasicScheduler",
            (in, steps) ->
                NodeResult.of(new Sigmas(in.number("denoise") <= 0 ? 0 : in.integer("steps")))),
        entry(
            "ManualSigmas",
            (in, steps) -> {
              long values = NUMBER.matcher(in.text("sigmas")).results().count();
              return NodeResult.of(new Sigmas((int) Math.max(0, values - 1)));
            }),
        entry("CFGGuider", (in, steps) -> guider(in, in.number("cfg"))),
        entry("LTXVDualCFGGuider", (in, steps) -> guider(in, in.number("video_cfg"))),
        entry("SamplerCustomAdvanced", SamplingNodes::sample));
  }

  private static NodeResult guider(NodeInputs in, double cfg) throws NodeException {
    return NodeResult.of(
        new Guider(
            in.get("model", DiffusionModel.class), in.get("positive", Conditioning.class), cfg));
  }

  private static NodeResult sample(NodeInputs in, NodeMeaning.Steps steps)
      throws NodeException, InterruptedException {
    Guider guider = in.get("guider", Guider.class);
    Latent latent = in.get("latent_image", Latent.class);
    VideoLatent video = Latents.videoPart(in, "latent_image");
    int count = in.get("sigmas", Sigmas.class).steps();
    boolean astray = count > 0 && Guides.astray(guider.positive(), video);
    for (int done = 1; done <= count; done++) {
      steps.step(done, count);
    }
    double camera =
        guider.model().loras().entrySet().stream()
            .filter(lora -> lora.getKey().contains("camera"))
            .mapToDouble(Map.Entry::getValue)
            .sum();
    var how =
        new SamplerRun(
            count,
            guider.cfg(),
            in.get("noise", Noise.class).seed(),
            camera,
            latent.audio() == null ? 0 : latent.audio().seconds(),
            astray || video.how().astray());
    var sampled = new Latent(video.made(how), latent.audio());
    return NodeResult.of(sampled, sampled);
  }
}
