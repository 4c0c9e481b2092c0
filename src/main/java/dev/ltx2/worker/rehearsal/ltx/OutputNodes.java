package dev.ltx2.worker.rehearsal.ltx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.media.AudioWriter;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.rehearsal.ComfyUiFolders;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Audio;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Video;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The nodes that make the files a client gets. */
record OutputNodes(ComfyUiFolders folders) {
  Map<String, NodeMeaning> nodes() {
    return Map.of(
        "CreateVideo",
        (in, steps) ->
            NodeResult.of(new Video(in.get("images", DecodedFrames.class), in.number("fps"))),
        "SaveVideo",
        (in, steps) -> saveVideo(in),
        "SaveAudio",
        (in, steps) -> saveAudio(in),
        "SaveAudioAdvanced",
        (in, steps) -> saveAudioAs(in));
  }

  private NodeResult saveVideo(NodeInputs in) throws NodeException, MediaException {
    Video video = in.get("video", Video.class);
    JsonNode codec = in.constants().path("codec");
    if (!codec.asText().equals("h264") && !codec.asText().equals("auto")) {
      // A dynamic choice outside its list is dropped by validation, and then missed here.
      throw new NodeException(
          "TypeError", "SaveVideo.execute() missing 1 required positional argument: 'codec'");
    }
    var place =
        folders.next(
            in.text("filename_prefix"), "_.mp4", video.frames().width(), video.frames().height());
    VideoPainter.paint(video, place.file());
    ObjectNode shown = shown("images", place);
    shown.putArray("animated").add(true);
    return new NodeResult(List.of(video), Optional.of(shown));
  }

  private NodeResult saveAudioAs(NodeInputs in) throws NodeException, MediaException {
    String format = in.text("format");
    return switch (format) {
      case "flac" -> saveAudio(in);
      case "mp3", "opus" ->
          throw new NodeException(
              "NotImplementedError", "The rehearsal saves audio as flac only, not " + format);
      default ->
          // As with SaveVideo's codec
          throw new NodeException(
              "TypeError",
              "SaveAudioAdvanced.execute() missing 1 required positional argument: 'format'");
    };
  }

  private NodeResult saveAudio(NodeInputs in) throws NodeException, MediaException {
    Audio audio = in.get("audio", Audio.class);
    if (audio.file() != null) {
      throw new NodeException(
          "NotImplementedError", "The rehearsal saves decoded audio only, not a loaded file");
    }
    var place = folders.next(in.text("filename_prefix"), ".flac", 0, 0);
    int rate = audio.sampleRate();
    AudioWriter.stereoFlac(place.file(), Tone.samples(audio.seconds(), rate), rate);
    return new NodeResult(List.of(audio), Optional.of(shown("audio", place)));
  }

  private static ObjectNode shown(String key, ComfyUiFolders.SavedFile place) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    shown
        .putArray(key)
        .addObject()
        .put("filename", place.name())
        .put("subfolder", place.subfolder())
        .put("type", "output");
    return shown;
  }
}
