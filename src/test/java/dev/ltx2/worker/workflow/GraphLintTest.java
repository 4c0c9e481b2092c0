package dev.ltx2.worker.workflow;

import static dev.ltx2.worker.request.Mode.LIPSYNC;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_AUDIO_GEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.fakes.WrongTypes;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.GraphLint.GraphFault;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GraphLintTest {
  private static final String CHECKPOINTS =
      " ltx-2-19b-dev-fp8.safetensors, ltx-2-19b-distilled-fp8.safetensors,"
          + " ltx-2-19b-distilled.safetensors, ltx-2.3-22b-dev-fp8.safetensors,"
          + " ltx-2.3-22b-distilled-fp8.safetensors)";

  private static final JsonMapper JSON = new JsonMapper();

  /** A merge patch on a good template, and all that is found then. */
  static Stream<Arguments> patches() {
    return Stream.of(
        // node types and inputs
        on(
            LIPSYNC,
            "{'decoded': {'class_type': 'VAEDecodeTilde'}}",
            "g: node 'decoded': ComfyUI has no node 'VAEDecodeTilde'"),
        on(
            LIPSYNC,
            "{'decoded': {'class_type': 'VAEDecodeTilde', 'inputs': {'vae': ['nowhere', 0]}}}",
            "g: node 'decoded': ComfyUI has no node 'VAEDecodeTilde'",
            "g: node 'decoded', input 'vae': links to missing node 'nowhere'"),
        on(LIPSYNC, "{'decoded': 7}", "g: node 'decoded': not a node: needs class_type and inputs"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'cfg': null}}}",
            "g: node 'guider', input 'cfg': required input is missing"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'cgf': 1.0}}}",
            "g: node 'guider', input 'cgf': 'CFGGuider' has no such input"),
        // links
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camrea', 0]}}}",
            "g: node 'guider', input 'model': links to missing node 'camrea'"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camera']}}}",
            "g: node 'guider', input 'model': not a link: must be [\"node\", output index]"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camera', 1]}}}",
            "g: node 'guider', input 'model': links to output 1 of 'camera', which has 1"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['checkpoint', 2]}}}",
            "g: node 'guider', input 'model': takes MODEL, but 'checkpoint' gives VAE"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'positive': 'a person'}}}",
            "g: node 'guider', input 'positive': takes a link of type CONDITIONING, not a value"),
        on(
            LIPSYNC,
            "{'distilled': {'inputs': {'model': ['camera', 0]}}}",
            "g: node 'distilled': cycle: distilled -> camera -> detailer -> distilled"),
        // values
        on(
            LIPSYNC,
            "{'sigmas': {'inputs': {'steps': 8.5}}}",
            "g: node 'sigmas', input 'steps': takes INT, not 8.5"),
        on(
            LIPSYNC,
            "{'sigmas': {'inputs': {'steps': '8'}}}",
            "g: node 'sigmas', input 'steps': takes INT, not a text"),
        on(
            LIPSYNC,
            "{'sigmas': {'inputs': {'denoise': true}}}",
            "g: node 'sigmas', input 'denoise': takes FLOAT, not true"),
        on(LIPSYNC, "{'sigmas': {'inputs': {'denoise': 1}}}"),
        on(
            LIPSYNC,
            "{'first_frame': {'inputs': {'bypass': 0}}}",
            "g: node 'first_frame', input 'bypass': takes BOOLEAN, not 0"),
        on(
            LIPSYNC,
            "{'positive': {'inputs': {'text': 5}}}",
            "g: node 'positive', input 'text': takes STRING, not 5"),
        on(
            LIPSYNC,
            "{'positive': {'inputs': {'text': {'a': 'secret'}}}}",
            "g: node 'positive', input 'text': takes STRING, not an object"),
        on(
            LIPSYNC,
            "{'sigmas': {'inputs': {'steps': 0, 'denoise': 1.01}}}",
            "g: node 'sigmas', input 'steps': 0 is below the minimum of 1",
            "g: node 'sigmas', input 'denoise': 1.01 is above the maximum of 1.0"),
        on(LIPSYNC, "{'noise': {'inputs': {'noise_seed': 18446744073709551615}}}"),
        on(
            LIPSYNC,
            "{'noise': {'inputs': {'noise_seed': 18446744073709551616}}}",
            "g: node 'noise', input 'noise_seed': 18446744073709551616 is above the maximum of"
                + " 18446744073709551615"),
        on(MULTIFRAME_AUDIO_GEN, "{'audio_latent': {'inputs': {'frame_rate': 25}}}"),
        on(
            MULTIFRAME_AUDIO_GEN,
            "{'audio_latent': {'inputs': {'frame_rate': '25', 'frames_number': 1001}}}",
            "g: node 'audio_latent', input 'frames_number': 1001 is above the maximum of 1000",
            "g: node 'audio_latent', input 'frame_rate': takes FLOAT,INT, not a text"),
        // choices
        on(
            LIPSYNC,
            "{'checkpoint': {'inputs': {'ckpt_name': 'ltx-3.safetensors'}}}",
            "g: node 'checkpoint', input 'ckpt_name': model 'ltx-3.safetensors' is missing (known:"
                + CHECKPOINTS),
        on(
            LIPSYNC,
            "{'audio_vae': {'inputs': {'ckpt_name': 'ltx-3.safetensors'}}}",
            "g: node 'audio_vae', input 'ckpt_name': model 'ltx-3.safetensors' is missing (known:"
                + CHECKPOINTS),
        on(
            LIPSYNC,
            "{'resized': {'inputs': {'padding_color': 'pink'}}}",
            "g: node 'resized', input 'padding_color': 'pink' is not a choice (known: white,"
                + " black)"),
        on(
            LIPSYNC,
            "{'image': {'inputs': {'image': 'not/there.png'}}, 'speech': {'inputs': {'audio':"
                + " 'not-there.mp3'}}}"),
        on(
            LIPSYNC,
            "{'image': {'inputs': {'image': 3}}}",
            "g: node 'image', input 'image': takes a file's name"),
        // dynamic combos
        on(
            LIPSYNC,
            "{'save_video': {'inputs': {'codec': 'vp9'}}}",
            "g: node 'save_video', input 'codec': 'vp9' is not a choice (known: auto, h264)",
            "g: node 'save_video', input 'codec.encoding': 'SaveVideo' has no such input",
            "g: node 'save_video', input 'codec.encoding.crf': 'SaveVideo' has no such input"),
        on(
            LIPSYNC,
            "{'save_video': {'inputs': {'codec.encoding.crf': 52.0}}}",
            "g: node 'save_video', input 'codec.encoding.crf': 52.0 is above the maximum of 51.0"),
        on(
            LIPSYNC,
            "{'save_video': {'inputs': {'codec.encoding.crf': null}}}",
            "g: node 'save_video', input 'codec.encoding.crf': required input is missing"),
        on(
            LIPSYNC,
            "{'save_video': {'inputs': {'codec': null}}}",
            "g: node 'save_video', input 'codec': required input is missing",
            "g: node 'save_video', input 'codec.encoding': 'SaveVideo' has no such input",
            "g: node 'save_video', input 'codec.encoding.crf': 'SaveVideo' has no such input"),
        on(
            LIPSYNC,
            "{'save_video': {'inputs': {'codec.encoding': null, 'codec.encoding.crf': null}}}"),
        // outputs
        on(LIPSYNC, "{'save_video': null}", "g: no output node: nothing would be saved"),
        on(
            LIPSYNC,
            "{'spare': {'class_type': 'RandomNoise', 'inputs': {'noise_seed': 1}, '_meta': {'bind':"
                + " {'noise_seed': 'seed'}}}}",
            "g: node 'spare': unreachable: feeds no output node",
            "g: node 'spare', input 'noise_seed': unused binding 'seed': the node feeds no output"
                + " node"),
        // what the worker would make of it
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': {'noise_seed': 'prompt_positive'}}}}",
            "g: node 'noise', input 'noise_seed': takes INT, but is bound to 'prompt_positive',"
                + " which is STRING"),
        on(
            LIPSYNC,
            "{'sigmas': {'_meta': {'bind': {'steps': 'img_strength'}}}}",
            "g: node 'sigmas', input 'steps': takes INT, but is bound to 'img_strength', which is"
                + " FLOAT"),
        on(
            LIPSYNC,
            "{'sampler': {'_meta': {'bind': {'sampler_name': 'prompt_positive'}}}}",
            "g: node 'sampler', input 'sampler_name': takes COMBO, but is bound to"
                + " 'prompt_positive', which is STRING"),
        on(
            LIPSYNC,
            "{'decoded': {'_meta': {'drop_if_zero': 'overlap'}}}",
            "g: node 'delivered', input 'image': takes IMAGE, but would get LATENT when 'decoded' is"
                + " dropped"),
        on(
            MULTIFRAME_AUDIO_GEN,
            "{'guide': {'_meta': {'carry': {'latent': 1}}}}",
            "g: node 'guide', input 'latent': takes LATENT, but carries CONDITIONING"),
        on(
            MULTIFRAME_AUDIO_GEN,
            "{'guide': {'_meta': {'carry': {'latent': 3}}}}",
            "g: node 'guide', input 'latent': carries output 3 of its own, which has 3"));
  }

  @ParameterizedTest
  @MethodSource("patches")
  void finds(Mode mode, String patch, List<String> findings) throws Exception {
    ObjectNode graph = Cases.workflow(mode).nodes();
    Patch.apply(graph, patch);
    assertThat(graph).isNotEqualTo(Cases.workflow(mode).nodes());

    assertThat(GraphLint.check("g", graph, ObjectInfo.recorded()))
        .extracting(GraphFault::toString)
        .containsExactlyElementsOf(findings);
  }

  /** Types that the four graphs do not have: any, growing and old-style inputs, long lists. */
  @Test
  void otherNodesInputs() throws Exception {
    ObjectInfo info =
        ObjectInfo.of(
            JSON.readTree(
                """
                {"Any": {"input": {"required": {"any": ["*", {}]}}, "output": ["*"]},
                 "Num": {"input": {}, "output": ["INT"]},
                 "Txt": {"input": {}, "output": ["STRING"]},
                 "Pick": {"input": {}, "output": [["a", "b"]]},
                 "End": {"output_node": true, "output": [],
                   "input": {"optional": {
                     "wide": ["FLOAT,INT"], "model": ["MODEL"], "choice": [["a", "b"], {}],
                     "grow": ["COMFY_AUTOGROW_V3", {"template": {}}],
                     "same": ["COMFY_MATCHTYPE_V3", {}],
                     "remote": ["COMBO", {"remote": {"route": "/x"}}],
                     "some": ["COMBO", {"multiselect": true, "options": ["a", "b"]}],
                     "many": ["COMBO", {"options": ["0","1","2","3","4","5","6","7","8","9","10",
                       "11","12","13","14","15","16","17","18","19","20","21"]}],
                     "twenty": ["COMBO", {"options": ["0","1","2","3","4","5","6","7","8","9","10",
                       "11","12","13","14","15","16","17","18","19"]}],
                     "dynamic": ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a"}]}]}}},
                 "Same": {"input": {}, "output": ["COMFY_MATCHTYPE_V3"]}}\
                """));
    ObjectNode graph =
        (ObjectNode)
            JSON.readTree(
                """
                {"num": {"class_type": "Num", "inputs": {}},
                 "txt": {"class_type": "Txt", "inputs": {}},
                 "pick": {"class_type": "Pick", "inputs": {}},
                 "any": {"class_type": "Any", "inputs": {"any": ["txt", 0]}},
                 "same": {"class_type": "Same", "inputs": {}},
                 "linked": {"class_type": "End", "inputs": {
                   "wide": ["same", 0], "model": ["same", 0], "dynamic": ["txt", 0]}},
                 "good": {"class_type": "End", "inputs": {
                   "wide": ["num", 0], "model": ["any", 0], "choice": ["pick", 0],
                   "grow.image0": ["num", 0], "grow.image1": "x", "same": ["txt", 0],
                   "remote": "whatever", "some": {"__value__": ["b", "a"]}, "many": "21"}},
                 "free": {"class_type": "End", "inputs": {"same": 5, "grow": "x"}},
                 "bad": {"class_type": "End", "inputs": {
                   "wide": ["txt", 0], "model": ["num", 0], "choice": "c", "grown.image0": 1,
                   "some": {"__value__": ["b", "c"]}, "many": "x.ckpt", "twenty": "20"}}}\
                """);

    assertThat(GraphLint.check("g", graph, info))
        .extracting(GraphFault::toString)
        .containsExactly(
            "g: node 'bad', input 'wide': takes FLOAT,INT, but 'txt' gives STRING",
            "g: node 'bad', input 'model': takes MODEL, but 'num' gives INT",
            "g: node 'bad', input 'choice': 'c' is not a choice (known: a, b)",
            "g: node 'bad', input 'grown.image0': 'End' has no such input",
            "g: node 'bad', input 'some': 'c' is not a choice (known: a, b)",
            "g: node 'bad', input 'many': model 'x.ckpt' is missing (known: 0, 1, 2, 3, 4, 5, 6, 7,"
                + " 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 and 2 more)",
            "g: node 'bad', input 'twenty': '20' is not a choice (known: 0, 1, 2, 3, 4, 5, 6, 7, 8,"
                + " 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)");
  }

  /** A growing input is none itself: its first few names are asked for, its last one known. */
  @Test
  void growingInputsAreThoseOfTheirTemplate() throws Exception {
    ObjectNode graph =
        (ObjectNode)
            JSON.readTree(
                """
                {"image": {"class_type": "EmptyImage",
                           "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
                 "good": {"class_type": "ComfyMathExpression",
                          "inputs": {"expression": "a+b", "values.a": ["size", 0], "values.b": 2}},
                 "size": {"class_type": "GetImageSize", "inputs": {"image": ["image", 0]}},
                 "bad": {"class_type": "ComfyMathExpression",
                         "inputs": {"expression": "b", "values.b": ["image", 0], "values.aa": 1}}}\
                """);
    assertThat(GraphLint.check("g", graph, ObjectInfo.recorded()))
        .extracting(GraphFault::toString)
        .containsExactly(
            "g: node 'bad', input 'values.a': required input is missing",
            "g: node 'bad', input 'values.b': takes FLOAT,INT,BOOLEAN, but 'image' gives IMAGE",
            "g: node 'bad', input 'values.aa': 'ComfyMathExpression' has no such input",
            "g: no output node: nothing would be saved");
  }

  @Test
  void aGrowingInputHasNamesUpToItsMost() throws Exception {
    String settings =
        "{'template': {'input': {'required': {'v': ['INT']}}, 'prefix': 'x', 'min': 1, 'max': 2}}";
    Map<String, NodeInput> grown = input("COMFY_AUTOGROW_V3", settings).grown("values");
    assertThat(grown).containsOnlyKeys("values.x0", "values.x1");
    assertThat(grown.get("values.x0").required()).isTrue();
    assertThat(grown.get("values.x1").required()).isFalse();
    assertThat(input("STRING", settings).grown("values")).as("no other grows").isEmpty();
  }

  private static NodeInput input(String type, String settings) throws Exception {
    String spec = "['%s', %s]".formatted(type, settings);
    return new NodeInput(JSON.readTree(spec.replace('\'', '"')), true);
  }

  /** ComfyUI words its errors otherwise for these. */
  @Test
  void nodesOfTheNewerInterfaceAreKnown() throws Exception {
    assertThat(new NodeType(JSON.readTree("{\"price_badge\": null}")).isNewStyle()).isTrue();
    assertThat(new NodeType(JSON.readTree("{\"input\": {}}")).isNewStyle()).isFalse();
  }

  @Test
  void aModelListMayBeEmpty() throws Exception {
    ObjectNode graph =
        (ObjectNode)
            JSON.readTree(
                """
                {"unet": {"class_type": "UNETLoader",
                          "inputs": {"unet_name": "x.gguf", "weight_dtype": "default"}}}\
                """);
    ObjectNode info = ObjectInfo.recorded().json().deepCopy();
    ((ArrayNode) info.at("/UNETLoader/input/required/unet_name/0")).removeAll();
    assertThat(GraphLint.check("g", graph, ObjectInfo.of(info)))
        .extracting(GraphFault::message)
        .containsExactly(
            "model 'x.gguf' is missing (known: none)", "no output node: nothing would be saved");
  }

  @Test
  void theRecordedNodesAreShown() {
    assertThat(ObjectInfo.recorded().json().path("LTXVAddGuide").path("output")).hasSize(3);
  }

  @Test
  void whatIsNoObjectInfoIsRefused() throws Exception {
    for (String json : List.of("[]", "{}", "null", "\"x\"")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ObjectInfo.of(JSON.readTree(json)))
          .withMessage("object_info is not an object of node types");
    }
  }

  private static Arguments on(Mode mode, String patch, String... findings) {
    return Arguments.of(mode, patch, List.of(findings));
  }

  /** Custom nodes write ranges without end and types twice. */
  @Test
  void oddNodesOfAComfyUiAreChecked() throws Exception {
    JsonMapper lenient =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
    ObjectInfo info =
        ObjectInfo.of(
            lenient.readTree(
                """
                {"Odd": {"output_node": true, "output": ["IMAGE,IMAGE"], "input": {"required": {
                  "strength": ["FLOAT", {"min": -Infinity, "max": Infinity}],
                  "noise": ["FLOAT", {"min": NaN, "max": NaN}],
                  "image": ["IMAGE,IMAGE,MASK", {}]}}}}
                """));
    ObjectNode graph =
        (ObjectNode)
            JSON.readTree(
                """
                {"a": {"class_type": "Odd", "inputs":
                        {"strength": 1.5, "noise": 2, "image": ["b", 0]}},
                 "b": {"class_type": "Odd", "inputs":
                        {"strength": 1e400, "noise": 2, "image": ["c", 0]}},
                 "c": {"class_type": "Odd", "inputs": {"strength": 0, "noise": 0, "image": 7}}}
                """);
    assertThat(GraphLint.check("g", graph, info))
        .extracting(GraphFault::toString)
        .containsExactly(
            "g: node 'c', input 'image': takes a link of type IMAGE,IMAGE,MASK, not a value");
  }

  /** Whatever stands where in its answer: findings, and no exception. */
  @Test
  void anyObjectInfoGetsAnAnswer() throws Exception {
    Random random = new Random(20260310);
    ObjectNode graph = (ObjectNode) JSON.readTree(Path.of("workflows/ltx-2/lipsync.json").toFile());
    ObjectNode used = JSON.createObjectNode();
    for (JsonNode node : graph) {
      String type = node.path("class_type").asText();
      used.set(type, ObjectInfo.recorded().json().path(type));
    }
    int found = 0;
    for (int i = 0; i < 2000; i++) {
      ObjectNode info = used.deepCopy();
      for (int n = random.nextInt(1, 30); n > 0; n--) {
        WrongTypes.put(info, random);
      }
      found += GraphLint.check("g", graph, ObjectInfo.of(info)).isEmpty() ? 0 : 1;
    }
    assertThat(found).isGreaterThan(500);
  }
}
