package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.rehearsal.PythonSemantics.PythonException;
import dev.ltx2.worker.workflow.NodeType;
import dev.ltx2.worker.workflow.ObjectInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The node types of the recorded {@code object_info}, with the files of our own input folder, and
 * what those mean that the model family performs.
 */
final class InstalledNodes {
  private static final List<String> IMAGES =
      List.of(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff");
  private static final List<String> AUDIOS =
      List.of(".mp3", ".wav", ".flac", ".m4a", ".ogg", ".oga", ".opus", ".aac", ".mp4", ".webm");

  private final ObjectInfo recorded = ObjectInfo.recorded();
  private final ComfyUiFolders folders;
  private final Map<String, NodeMeaning> meanings;

  InstalledNodes(ComfyUiFolders folders, ModelFamily family) {
    this.folders = folders;
    this.meanings = Map.copyOf(family.nodes(folders));
  }

  boolean knows(String name) {
    return recorded.type(name).isPresent();
  }

  /** A type that is known. */
  NodeType get(String name) {
    return recorded.type(name).orElseThrow();
  }

  /** What it does, where the model family performs it. */
  Optional<NodeMeaning> meaning(String name) {
    return Optional.ofNullable(meanings.get(name));
  }

  /** The answer to {@code GET /object_info}. */
  ObjectNode describe() {
    ObjectNode all = recorded.json().deepCopy();
    fill((ArrayNode) all.at("/LoadImage/input/required/image/0"), IMAGES);
    fill((ArrayNode) all.at("/LoadAudio/input/required/audio/1/options"), AUDIOS);
    return all;
  }

  private void fill(ArrayNode choices, List<String> endings) {
    choices.removeAll();
    folders.choices(endings).forEach(choices::add);
  }

  /** The files of a model folder, as the loaders' choices tell them. */
  JsonNode models(String folder) {
    return recorded
        .json()
        .at(
            switch (folder) {
              case "checkpoints" -> "/CheckpointLoaderSimple/input/required/ckpt_name/0";
              case "loras" -> "/LoraLoaderModelOnly/input/required/lora_name/0";
              case "text_encoders" ->
                  "/LTXAVTextEncoderLoader/input/required/text_encoder/1/options";
              case "diffusion_models" -> "/UNETLoader/input/required/unet_name/0";
              case "latent_upscale_models" ->
                  "/LatentUpscaleModelLoader/input/required/model_name/1/options";
              default -> "/nowhere";
            });
  }

  /** What the linked output gives; an unknown node or index raises, as a Python list does. */
  JsonNode received(ObjectNode prompt, ArrayNode link) {
    JsonNode node = prompt.get(PythonSemantics.str(link.get(0)));
    if (node == null || !link.get(0).isTextual()) {
      throw new PythonException("KeyError", PythonSemantics.repr(link.get(0)));
    }
    NodeType type = get(node.path("class_type").asText());
    String container = type.isNewStyle() ? "list" : "tuple";
    if (!link.get(1).isIntegralNumber()) {
      throw new PythonException(
          "TypeError",
          container
              + " indices must be integers or slices, not "
              + PythonSemantics.typeName(link.get(1)));
    }
    JsonNode outputs = type.json().path("output");
    int index = link.get(1).intValue();
    JsonNode output = outputs.get(index < 0 ? index + outputs.size() : index);
    if (output == null) {
      throw new PythonException("IndexError", container + " index out of range");
    }
    return output;
  }
}
