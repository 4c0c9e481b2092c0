package dev.ltx2.worker.workflow;

import static dev.ltx2.worker.request.Mode.LIPSYNC;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_LIPSYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.request.Mode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of a template gets its own sentence, with file, node and input. */
class BrokenWorkflowTest {
  private static final JsonMapper JSON = new JsonMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | x.json: not a JSON object of nodes",
        "[1] | x.json: not a JSON object of nodes",
        "{} | x.json: has no nodes",
        "{\"nodes\": [], \"links\": []} | x.json: in ComfyUI's editor format; save it with \"Export"
            + " (API)\"",
        "{\"a\": 5} | x.json: node 'a': has no class_type",
        "{\"a\": {\"inputs\": {}}} | x.json: node 'a': has no class_type",
        "{\"a\": {\"class_type\": \"X\"}} | x.json: node 'a': has no inputs",
        "{\"a\": {\"class_type\": \"X\", \"inputs\": []}} | x.json: node 'a': has no inputs",
        "{\"a\": {\"class_type\": \"X\", \"inputs\": {}, \"_meta\": 1}} | x.json: node 'a': _meta is"
            + " not an object",
      })
  void notAGraph(String text, String message) {
    assertThatThrownBy(() -> Workflow.parse("x.json", text))
        .isInstanceOf(WorkflowException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of("{\"a\":", "(line 1, column 6)"),
        Arguments.of("{\"a\": {}}\n}", "(line 2, column 1)"),
        Arguments.of("{\"a\": {},\n \"a\": {}}", "Duplicate field 'a' (line 2, column 5)"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void notJson(String text, String end) {
    assertThatThrownBy(() -> Workflow.parse("x.json", text))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith("x.json: not JSON: ")
        .hasMessageEndingWith(end);
  }

  @Test
  void deeplyNestedJsonIsAClearError() {
    String deep = "{\"a\":".repeat(100_000);
    assertThatThrownBy(() -> Workflow.parse("x.json", deep))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith("x.json: not JSON: ");
  }

  /** 2^60 ways lead through it. */
  @Test
  @Timeout(20)
  void manyWaysThroughAGraphAreNotAllWalked() {
    // The last node first: what is below it is not yet known when the walk begins
    StringBuilder ladder = new StringBuilder("{");
    for (int i = 60; i > 0; i--) {
      ladder.append(
          "'n%d': {'class_type': 'X', 'inputs': {'a': ['n%d', 0], 'b': ['n%d', 1]}}, "
              .formatted(i, i - 1, i - 1));
    }
    String json = ladder.append("'n0': {'class_type': 'X', 'inputs': {}}}").toString();
    assertThatThrownBy(() -> Workflow.parse("x.json", json.replace('\'', '"')))
        .isInstanceOf(WorkflowException.class)
        .hasMessageStartingWith("x.json: one of 'audio'");
  }

  /** A merge patch on a good template, and what is said of the result. */
  static Stream<Arguments> patches() {
    return Stream.of(
        // links
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camrea', 0]}}}",
            "lipsync.json: node 'guider', input 'model': links to missing node 'camrea'"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camera', 0, 1]}}}",
            "lipsync.json: node 'guider', input 'model': not a link: must be [\"node\", output"
                + " index]"),
        on(
            LIPSYNC,
            "{'guider': {'inputs': {'model': ['camera', -1]}}}",
            "lipsync.json: node 'guider', input 'model': not a link: must be [\"node\", output"
                + " index]"),
        on(
            LIPSYNC,
            "{'distilled': {'inputs': {'model': ['camera', 0]}}}",
            "lipsync.json: node 'detailer', input 'model': closes a cycle: distilled -> camera ->"
                + " detailer -> distilled"),
        on(
            LIPSYNC,
            "{'negative': {'inputs': {'clip': ['guider', 0]}}}",
            "lipsync.json: node 'conditioning', input 'negative': closes a cycle: negative -> guider"
                + " -> conditioning -> negative"),
        on(
            LIPSYNC,
            "{'video': {'inputs': {'images': ['video', 0]}}}",
            "lipsync.json: node 'video', input 'images': closes a cycle: video -> video"),
        // bindings
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': {'noise_seed': 'sede'}}}}",
            "lipsync.json: node 'noise', input 'noise_seed': bound to unknown value 'sede' (known: "
                + Binding.labels()
                + ")"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': {'noise_seed': {'a': 1}}}}}",
            "lipsync.json: node 'noise', input 'noise_seed': bound to unknown value '' (known: "
                + Binding.labels()
                + ")"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': {'seed': 'seed'}}}}",
            "lipsync.json: node 'noise', input 'seed': bind: the node has no such input"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': 'seed'}}}",
            "lipsync.json: node 'noise': bind is not an object"),
        on(
            LIPSYNC,
            "{'guider': {'_meta': {'bind': {'model': 'seed'}}}}",
            "lipsync.json: node 'guider', input 'model': bound to 'seed', but linked in the file"),
        on(
            LIPSYNC,
            "{'latent': {'_meta': {'bind': {'length': 'frame'}}}}",
            "lipsync.json: node 'latent', input 'length': bound to 'frame', which only for_each"
                + " guide has"),
        on(
            LIPSYNC,
            "{'latent': {'_meta': {'bind': {'length': 'strength'}}}}",
            "lipsync.json: node 'latent', input 'length': bound to 'strength', which only for_each"
                + " guide has"),
        on(
            LIPSYNC,
            "{'save_video': {'_meta': {'bind': null}}}",
            "lipsync.json: no node binds 'video_prefix', which mode 1 cannot do without"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': null}}",
            "lipsync.json: no node binds 'seed', which mode 1 cannot do without"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': null}, 'save_video': {'_meta': {'bind': null}}}",
            "lipsync.json: no node binds 'seed', 'video_prefix', which mode 1 cannot do without"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': null}, 'speech': {'_meta': {'bind': null}}}",
            "lipsync.json: one of 'audio' (the request's speech) and 'audio_frames' (generated"
                + " audio) must be bound; no node binds 'seed', which every mode needs"),
        on(
            LIPSYNC,
            "{'speech': {'_meta': {'bind': null}}}",
            "lipsync.json: one of 'audio' (the request's speech) and 'audio_frames' (generated"
                + " audio) must be bound"),
        on(
            LIPSYNC,
            "{'noise': {'_meta': {'bind': {'noise_seed': 'audio_frames'}}}}",
            "lipsync.json: only one of 'audio' (the request's speech) and 'audio_frames' (generated"
                + " audio) must be bound; no node binds 'seed', which every mode needs"),
        on(
            Mode.AUDIO_GEN,
            "{'save_audio': {'_meta': {'bind': null}}}",
            "audio-gen.json: no node binds 'audio_prefix', which mode 2 cannot do without"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'bind': {'frame_idx': null}}}}",
            "multiframe-lipsync.json: no node binds 'frame', which mode 3a cannot do without"),
        // for_each and carry
        on(
            MULTIFRAME_LIPSYNC,
            "{'image': {'_meta': {'for_each': 'keyfarme'}}}",
            "multiframe-lipsync.json: node 'image': for_each \"keyfarme\": must be keyframe or"
                + " guide"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'image': {'_meta': {'for_eech': 'keyframe'}}}",
            "multiframe-lipsync.json: node 'image': unknown _meta 'for_eech' (known: title, bind,"
                + " for_each, carry, drop_if_zero, manual_sigmas)"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'image': {'_meta': {'for_each': null}}}",
            "multiframe-lipsync.json: node 'image': binds 'image' without for_each keyframe"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'bind': {'frame_idx': null, 'strength': null}, 'for_each':"
                + " null}}}",
            "multiframe-lipsync.json: node 'guide': carry without for_each"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'carry': {'latnet': 2}}}}",
            "multiframe-lipsync.json: node 'guide', input 'latnet': carry: the node has no such"
                + " input"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'carry': {'strength': 2}}}}",
            "multiframe-lipsync.json: node 'guide', input 'strength': carried, but not a link in"
                + " the file: the first copy needs one"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'carry': {'latent': 'latent'}}}}",
            "multiframe-lipsync.json: node 'guide', input 'latent': carry \"latent\": must be the"
                + " index of an output"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'carry': {'latent': -1}}}}",
            "multiframe-lipsync.json: node 'guide', input 'latent': carry -1: must be the index of"
                + " an output"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'carry': null}}}",
            "multiframe-lipsync.json: node 'av_latent', input 'video_latent': links to 'guide',"
                + " which is copied without carry: to which copy?"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'decoded': {'inputs': {'samples': ['image', 0]}}}",
            "multiframe-lipsync.json: node 'decoded', input 'samples': links to 'image', which is"
                + " copied without carry: to which copy?"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'resized': {'inputs': {'image': ['guide', 2]}}}",
            "multiframe-lipsync.json: node 'resized', input 'image': a copy per keyframe cannot link"
                + " to 'guide', copied per guide"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'bind': {'strength': 'image'}}}}",
            "multiframe-lipsync.json: node 'guide', input 'strength': bound to 'image', which"
                + " for_each guide does not have"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide_2': {'class_type': 'X', 'inputs': {}}}",
            "multiframe-lipsync.json: node 'guide_2': takes the name of a copy of 'guide'"),
        on(
            LIPSYNC,
            "{'resized': {'_meta': {'for_each': 'keyframe'}}, 'preprocessed': {'_meta':"
                + " {'for_each': 'keyframe'}}, 'first_frame': {'_meta': {'for_each': 'keyframe',"
                + " 'carry': {'latent': 0}}}}",
            "lipsync.json: node 'resized': for_each keyframe, but no node is for_each guide"),
        // drop_if_zero
        on(
            LIPSYNC,
            "{'camera': {'_meta': {'drop_if_zero': 'strength'}}}",
            "lipsync.json: node 'camera', input 'strength': drop_if_zero: the node has no such"
                + " input"),
        on(
            LIPSYNC,
            "{'camera': {'_meta': {'drop_if_zero': 'lora_name'}}}",
            "lipsync.json: node 'camera', input 'lora_name': drop_if_zero: not a number in the"
                + " file"),
        on(
            LIPSYNC,
            "{'first_frame': {'_meta': {'drop_if_zero': 'strength'}}}",
            "lipsync.json: node 'first_frame', input 'strength': drop_if_zero: needs exactly one"
                + " linked input to pass on instead, has 3"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'drop_if_zero': 'strength'}}}",
            "multiframe-lipsync.json: node 'guide', input 'strength': drop_if_zero: not together"
                + " with for_each guide or carry"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'image_cropped': {'_meta': {'carry': {'image': 0}}}}",
            "multiframe-lipsync.json: node 'image_cropped', input 'width': drop_if_zero: not"
                + " together with for_each guide or carry"),
        // manual_sigmas
        on(
            LIPSYNC,
            "{'sigmas': {'_meta': {'manual_sigmas': 'one'}}}",
            "lipsync.json: node 'sigmas': manual_sigmas: must be a stage's number, 1 or 2, at a"
                + " node without for_each"),
        on(
            LIPSYNC,
            "{'sigmas': {'_meta': {'manual_sigmas': 0}}}",
            "lipsync.json: node 'sigmas': manual_sigmas: must be a stage's number, 1 or 2, at a"
                + " node without for_each"),
        on(
            MULTIFRAME_LIPSYNC,
            "{'guide': {'_meta': {'manual_sigmas': 1}}}",
            "multiframe-lipsync.json: node 'guide': manual_sigmas: must be a stage's number, 1 or"
                + " 2, at a node without for_each"));
  }

  @ParameterizedTest
  @MethodSource("patches")
  void isRefused(Mode mode, String patch, String message) throws Exception {
    String file = mode.workflow() + ".json";
    ObjectNode template = (ObjectNode) JSON.readTree(Cases.template(mode));
    Patch.apply(template, patch);
    assertThat(template).isNotEqualTo(JSON.readTree(Cases.template(mode)));

    assertThatThrownBy(() -> Workflow.parse(file, template.toString()))
        .isInstanceOf(WorkflowException.class)
        .hasMessage(message);
  }

  private static Arguments on(Mode mode, String patch, String message) {
    return Arguments.of(mode, patch, message);
  }
}
