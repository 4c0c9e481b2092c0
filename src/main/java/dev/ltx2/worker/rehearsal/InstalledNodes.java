package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The node types of the recorded {@code object_info}, with the files of our own input folder. */
final class InstalledNodes {
  private static final List<String> IMAGES =
      List.of(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff");
  private static final List<String> AUDIOS =
      List.of(".mp3", ".wav", ".flac", ".m4a", ".ogg", ".oga", ".opus", ".aac", ".mp4", ".webm");

  private final ObjectNode recorded;
  private final ComfyUiFolders folders;

  InstalledNodes(ComfyUiFolders folders) {
    this.folders = folders;
    try (InputStream in =
        InstalledNodes.class.getResourceAsStream("/dev/ltx2/worker/workflow/object_info.json")) {
      recorded = (ObjectNode) new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("object_info.json is missing in the jar", e);
    }
  }

  boolean knows(String name) {
    return recorded.has(name);
  }

  NodeType get(String name) {
    return new NodeType((ObjectNode) recorded.get(name), this);
  }

  /** The answer to {@code GET /object_info}. */
  ObjectNode describe() {
    ObjectNode all = recorded.deepCopy();
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
    return recorded.at(
        switch (folder) {
          case "checkpoints" -> "/CheckpointLoaderSimple/input/required/ckpt_name/0";
          case "loras" -> "/LoraLoaderModelOnly/input/required/lora_name/0";
          case "text_encoders" -> "/LTXAVTextEncoderLoader/input/required/text_encoder/1/options";
          case "diffusion_models" -> "/UNETLoader/input/required/unet_name/0";
          case "latent_upscale_models" ->
              "/LatentUpscaleModelLoader/input/required/model_name/1/options";
          default -> "/nowhere";
        });
  }

  /** One input: its type (a name or a list of choices), and what else is said of it. */
  record Input(JsonNode type, JsonNode options, boolean required) {
    boolean is(String name) {
      return type.asText().equals(name);
    }

    boolean isChoice() {
      return type.isArray() || is("COMBO");
    }

    JsonNode choices() {
      return type.isArray() ? type : options.path("options");
    }
  }

  /** One node type. */
  record NodeType(ObjectNode info, InstalledNodes types) {
    boolean isOutput() {
      return info.path("output_node").asBoolean();
    }

    JsonNode outputs() {
      return info.path("output");
    }

    /** Whether it is written against ComfyUI's newer node interface, whose texts differ. */
    boolean isNewStyle() {
      return info.has("price_badge");
    }

    /** The inputs for these values: a dynamic choice brings inputs of its own, {@code a.b.c}. */
    Map<String, Input> inputs(JsonNode values) {
      Map<String, Input> inputs = new LinkedHashMap<>();
      collect(info.path("input"), "", values, inputs);
      return inputs;
    }

    private void collect(JsonNode groups, String prefix, JsonNode values, Map<String, Input> to) {
      for (String group : List.of("required", "optional")) {
        for (var entry : groups.path(group).properties()) {
          String name = prefix + entry.getKey();
          JsonNode said = entry.getValue();
          JsonNode options = said.has(1) ? said.get(1) : info.objectNode();
          var input = new Input(said.get(0), options, group.equals("required"));
          if (!input.is("COMFY_DYNAMICCOMBO_V3")) {
            to.put(name, input);
            continue;
          }
          for (JsonNode option : options.path("options")) {
            if (option.path("key").equals(values.get(name))) {
              collect(option.path("inputs"), name + ".", values, to);
              to.put(name, input);
            }
          }
        }
      }
    }
  }
}
