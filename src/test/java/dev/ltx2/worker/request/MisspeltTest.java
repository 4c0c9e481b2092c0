package dev.ltx2.worker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MisspeltTest {
  @ParameterizedTest
  @CsvSource({
    "imageUrl, image_url",
    "image, image_url",
    "img_url, image_url",
    "image_uri, image_url",
    "audiourl, audio_url",
    "audio, audio_url",
    "audio-url, audio_url",
    "Audio_Url, audio_url",
    "duraton, duration",
    "durations, duration",
    "keyframe, keyframes",
    "key_frames, keyframes",
    "promt, prompt",
    "prompts, prompt",
    "prompt_postive, prompt_positive",
    "prompt_negativ, prompt_negative",
    "negative, negative_prompt",
    "quality, quality_preset",
    "qualityPreset, quality_preset",
    "widht, width",
    "with, width",
    "heigth, height",
    "hight, height",
    "FPS, fps",
    "fsp, fps",
    "buffer, buffer_seconds",
    "buffer_second, buffer_seconds",
    "step, steps",
    "stepps, steps",
    "sed, seed",
    "seeds, seed",
    "lora_camra, lora_camera",
    "lora_destilled, lora_distilled",
    "lora_detailler, lora_detailer",
    "img_compresion, img_compression",
    "img_strenght, img_strength",
    "frame_aligment, frame_alignment",
    "auto_buffer, auto_buffer_guide",
    "trim, trim_to_audio",
    "trimToAudio, trim_to_audio",
    "scheduler, schedule",
    "speech_noize, speech_noise",
    "fti, fit",
    "stric, strict"
  })
  void theRightFieldIsNamed(String given, String meant) throws Exception {
    InvalidRequestException fault = fault(given);

    assertThat(fault.faults())
        .containsExactly(
            new FieldFault(given, "Unknown field " + given + ": did you mean " + meant + "?"));
  }

  /** What other clients and platforms put beside the fields of a request. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "webhook",
        "model",
        "style",
        "id",
        "user",
        "user_id",
        "name",
        "title",
        "type",
        "tag",
        "tags",
        "size",
        "speed",
        "file",
        "files",
        "wide",
        "script",
        "metadata",
        "meta",
        "policy",
        "priority",
        "callback",
        "callback_url",
        "video_url",
        "language",
        "voice",
        "text",
        "cfg",
        "cfg_scale",
        "guidance_scale",
        "sampler",
        "sampler_name",
        "workflow",
        "version",
        "format",
        "frames",
        "num_frames",
        "frame_rate",
        "aspect_ratio",
        "resolution",
        "motion",
        "camera",
        "mode",
        "task",
        "test",
        "debug",
        "source",
        "session",
        "scene",
        "set",
        "stop",
        "send",
        "next",
        "list",
        "project",
        "product",
        "stage",
        "status",
        "state",
        "start"
      })
  void otherWordsStayWarnings(String given) throws Exception {
    assertThat(fault(given)).isNull();
  }

  @Test
  void equallyNearOnesAreAllNamed() throws Exception {
    assertThat(fault("lora"))
        .hasMessage(
            "Unknown field lora: did you mean lora_camera, lora_distilled or lora_detailer?");
  }

  @Test
  void inAKeyframe() throws Exception {
    ObjectNode input =
        RequestJson.read(
            """
            {"duration": 5, "keyframes": [{"image_url": "https://e.org/a.png"},
              {"image_url": "https://e.org/b.png", "stength": 1, "position": "last"}]}\
            """);
    InvalidRequestException fault =
        catchThrowableOfType(InvalidRequestException.class, () -> GenerationRequest.parse(input));

    assertThat(fault.faults())
        .containsExactly(
            new FieldFault(
                "keyframes[1].stength",
                "Unknown field keyframes[1].stength: did you mean strength?"));
  }

  @Test
  void aThousandSlipsAreNotAThousandFaults() throws Exception {
    ObjectNode input = good();
    for (char c = 'a'; c <= 'z'; c++) {
      input.put("width" + c, 1).put("height" + c, 1);
    }
    InvalidRequestException fault =
        catchThrowableOfType(InvalidRequestException.class, () -> GenerationRequest.parse(input));

    assertThat(fault.faults()).hasSize(10);
  }

  private static InvalidRequestException fault(String name) throws Exception {
    ObjectNode input = good().put(name, 1);
    return catchThrowableOfType(
        InvalidRequestException.class, () -> GenerationRequest.parse(input));
  }

  private static ObjectNode good() throws Exception {
    return RequestJson.read("{\"image_url\": \"https://e.org/a.png\", \"duration\": 5}");
  }
}
