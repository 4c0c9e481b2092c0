package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.rehearsal.ComfyUiFolders;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DiffusionModel;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Part;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The nodes that load models, images and audio. */
record LoaderNodes(ComfyUiFolders folders) {
  Map<String, NodeMeaning> nodes() {
    return Map.of(
        "CheckpointLoaderSimple",
        (in, steps) ->
            NodeResult.of(new DiffusionModel(Map.of()), new Part("CLIP"), new Part("VAE")),
        "LoraLoaderModelOnly",
        (in, steps) -> lora(in),
        "LTXAVTextEncoderLoader",
        (in, steps) -> NodeResult.of(new Part("CLIP")),
        "LTXVAudioVAELoader",
        (in, steps) -> NodeResult.of(new Part("audio VAE")),
        "LoadImage",
        (in, steps) -> loadImage(in),
        "LoadAudio",
        (in, steps) -> loadAudio(in));
  }

  private static NodeResult lora(NodeInputs in) throws NodeException {
    Map<String, Double> loras = new LinkedHashMap<>(in.get("model", DiffusionModel.class).loras());
    loras.merge(in.text("lora_name"), in.number("strength_model"), Double::sum);
    return NodeResult.of(new DiffusionModel(loras));
  }

  private Path file(NodeInputs in, String name) throws NodeException {
    String value = in.text(name);
    return folders
        .annotated(value)
        .orElseThrow(() ->
            new NodeException(
                "FileNotFoundError", "[Errno 2] No such file or directory: '" + value + "'"));
  }

  private NodeResult loadImage(NodeInputs in)
      throws NodeException, MediaException, InterruptedException {
    return NodeResult.of(new Image(ImageReader.read(file(in, "image"))), new Part("MASK"));
  }

  private NodeResult loadAudio(NodeInputs in)
      throws NodeException, MediaException, InterruptedException {
    return NodeResult.of(LoadedAudio.read(file(in, "audio")));
  }
}
