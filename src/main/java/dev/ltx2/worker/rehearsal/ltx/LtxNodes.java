package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.rehearsal.ComfyUiFolders;
import dev.ltx2.worker.rehearsal.ModelFamily;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Conditioning;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Latent;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Part;
import java.util.HashMap;
import java.util.Map;

/** What LTX-2's nodes mean. Lengths and sizes are ComfyUI's to the frame; images are painted. */
public final class LtxNodes implements ModelFamily {
  @Override
  public Map<String, NodeMeaning> nodes(ComfyUiFolders folders) {
    Map<String, NodeMeaning> nodes = new HashMap<>();
    nodes.putAll(new LoaderNodes(folders).nodes());
    nodes.putAll(ImageNodes.nodes());
    nodes.putAll(ScalarNodes.nodes());
    nodes.putAll(conditioning());
    nodes.putAll(Guides.nodes());
    nodes.putAll(SamplingNodes.nodes());
    nodes.putAll(Latents.nodes());
    nodes.putAll(new OutputNodes(folders).nodes());
    return nodes;
  }

  private static Map<String, NodeMeaning> conditioning() {
    return Map.of(
        "CLIPTextEncode",
        (in, steps) -> NodeResult.of(Conditioning.UNGUIDED),
        "LTXVConditioning",
        (in, steps) ->
            NodeResult.of(
                in.get("positive", Conditioning.class), in.get("negative", Conditioning.class)),
        "SolidMask",
        (in, steps) -> NodeResult.of(new Part("MASK")),
        "SetLatentNoiseMask",
        (in, steps) -> NodeResult.of(in.get("samples", Latent.class)));
  }
}
