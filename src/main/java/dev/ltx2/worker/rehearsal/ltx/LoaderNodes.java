package dev.ltx2.worker.rehearsal.ltx;

import static java.util.Map.entry;

import dev.ltx2.worker.media.ImageReader;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.rehearsal.ComfyUiFolders;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.AudioVae;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DiffusionModel;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Part;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Upscaler;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.VideoVae;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The nodes that load models, images and audio. */
record LoaderNodes(ComfyUiFolders folders) {
  Map<String, NodeMeaning> nodes() {
    return Map.ofEntries(
        entry(
            "CheckpointLoaderSimple",
            (in, steps) ->
                NodeResult.of(new DiffusionModel(Map.of()), new Part("CLIP"), new VideoVae())),
        entry("UNETLoader", (in, steps) -> NodeResult.of(new DiffusionModel(Map.of()))),
        entry("LoraLoaderModelOnly", (in, steps) -> lora(in)),
        entry("LTXAVTextEncoderLoader", (in, steps) -> NodeResult.of(new Part("CLIP"))),
        entry("CLIPLoader", (in, steps) -> textEncoder(in)),
        entry("LTXVAudioVAELoader", (in, steps) -> NodeResult.of(audioVae(in.text("ckpt_name")))),
        entry("VAELoader", (in, steps) -> vae(in)),
        entry("LatentUpscaleModelLoader", (in, steps) -> NodeResult.of(new Upscaler())),
        entry("LoadImage", (in, steps) -> loadImage(in)),
        entry("LoadAudio", (in, steps) -> loadAudio(in)));
  }

  /** LTX-2 19B speaks at 24 kHz, the models after it at 48; without weights the name must tell. */
  private static AudioVae audioVae(String file) {
    return new AudioVae(file.contains("ltx-2-19b") ? 24_000 : 48_000);
  }

  private static NodeResult vae(NodeInputs in) throws NodeException {
    String file = in.text("vae_name");
    return NodeResult.of(file.contains("audio") ? audioVae(file) : new VideoVae());
  }

  private static NodeResult textEncoder(NodeInputs in) throws NodeException {
    if (!in.text("type").equals("ltxv")) {
      throw new NodeException(
          "NotImplementedError",
          "The rehearsal loads text encoders of type ltxv only, not " + in.text("type"));
    }
    return NodeResult.of(new Part("CLIP"));
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
