package dev.ltx2.worker.rehearsal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.media.MediaException;
import dev.ltx2.worker.media.Pictures;
import dev.ltx2.worker.media.SoundWriter;
import dev.ltx2.worker.rehearsal.Value.Audio;
import dev.ltx2.worker.rehearsal.Value.Conditioning;
import dev.ltx2.worker.rehearsal.Value.Frames;
import dev.ltx2.worker.rehearsal.Value.Guider;
import dev.ltx2.worker.rehearsal.Value.Images;
import dev.ltx2.worker.rehearsal.Value.Latent;
import dev.ltx2.worker.rehearsal.Value.Model;
import dev.ltx2.worker.rehearsal.Value.Movie;
import dev.ltx2.worker.rehearsal.Value.Noise;
import dev.ltx2.worker.rehearsal.Value.Part;
import dev.ltx2.worker.rehearsal.Value.Sigmas;
import dev.ltx2.worker.rehearsal.Value.Sound;
import dev.ltx2.worker.rehearsal.Value.Still;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What each node means. Lengths and sizes are ComfyUI's to the frame; pictures are painted. */
final class Nodes {
  /** A node's outputs, and what it shows in the history; null for most. */
  record Result(List<Value> outputs, ObjectNode shown) {
    static Result of(Value... outputs) {
      return new Result(List.of(outputs), null);
    }
  }

  /** A running node's way to the outside: progress, and the check whether to stop. */
  interface Steps {
    void step(int done, int of) throws InterruptedException;
  }

  private final Folders folders;

  Nodes(Folders folders) {
    this.folders = folders;
  }

  Result perform(String type, NodeInputs in, Steps steps)
      throws NodeException, MediaException, InterruptedException {
    return switch (type) {
      case "CheckpointLoaderSimple" ->
          Result.of(new Model(Map.of()), new Part("CLIP"), new Part("VAE"));
      case "LoraLoaderModelOnly" -> lora(in);
      case "LTXAVTextEncoderLoader" -> Result.of(new Part("CLIP"));
      case "LTXVAudioVAELoader" -> Result.of(new Part("audio VAE"));
      case "CLIPTextEncode" -> Result.of(new Conditioning(List.of()));
      case "LTXVConditioning" ->
          Result.of(in.get("positive", Conditioning.class), in.get("negative", Conditioning.class));
      case "EmptyLTXVLatentVideo" -> Latents.emptyFilm(in);
      case "LoadImage" -> loadImage(in);
      case "ResizeAndPadImage" -> Result.of(Scaling.pad(still(in), in));
      case "ImageScale" -> Result.of(Scaling.scale(still(in), in));
      case "LTXVPreprocess" -> Result.of(still(in));
      case "LTXVImgToVideoInplace" -> Latents.firstImage(in);
      case "LTXVAddGuide" -> Latents.addGuide(in);
      case "LTXVCropGuides" -> Latents.cropGuides(in);
      case "LTXVEmptyLatentAudio" -> Latents.emptySound(in);
      case "LoadAudio" -> loadAudio(in);
      case "TrimAudioDuration" -> trim(in);
      case "LTXVAudioVAEEncode" -> {
        double seconds = in.get("audio", Audio.class).seconds();
        yield Result.of(new Latent(null, new Sound((int) Math.ceil(seconds * 25 - 1e-6))));
      }
      case "SolidMask" -> Result.of(new Part("MASK"));
      case "SetLatentNoiseMask" -> Result.of(in.get("samples", Latent.class));
      case "LTXVConcatAVLatent" ->
          Result.of(new Latent(in.film("video_latent"), in.sound("audio_latent")));
      case "LTXVSeparateAVLatent" ->
          Result.of(
              new Latent(in.film("av_latent"), null), new Latent(null, in.sound("av_latent")));
      case "RandomNoise" -> Result.of(new Noise(new BigInteger(in.json("noise_seed").asText())));
      case "KSamplerSelect" -> Result.of(new Part("SAMPLER"));
      case "BasicScheduler" ->
          Result.of(new Sigmas(in.number("denoise") <= 0 ? 0 : in.integer("steps")));
      case "CFGGuider" ->
          Result.of(
              new Guider(
                  in.get("model", Model.class),
                  in.get("positive", Conditioning.class),
                  in.number("cfg")));
      case "SamplerCustomAdvanced" -> Latents.sample(in, steps);
      case "VAEDecode", "VAEDecodeTiled" -> Latents.decode(in);
      case "ImageFromBatch" -> cut(in);
      case "CreateVideo" -> Result.of(new Movie(in.get("images", Frames.class), in.number("fps")));
      case "SaveVideo" -> saveVideo(in);
      case "LTXVAudioVAEDecode" -> Latents.decodeSound(in);
      case "SaveAudio" -> saveAudio(in);
      default ->
          throw new NodeException(
              "NotImplementedError",
              "The rehearsal does not perform " + type + "; run this graph on a real ComfyUI");
    };
  }

  private static Result lora(NodeInputs in) throws NodeException {
    Map<String, Double> loras = new LinkedHashMap<>(in.get("model", Model.class).loras());
    loras.merge(in.text("lora_name"), in.number("strength_model"), Double::sum);
    return Result.of(new Model(loras));
  }

  private static Still still(NodeInputs in) throws NodeException {
    return in.get("image", Still.class);
  }

  private Path file(NodeInputs in, String name) throws NodeException {
    String value = in.text(name);
    return folders
        .annotated(value)
        .orElseThrow(() ->
            new NodeException(
                "FileNotFoundError", "[Errno 2] No such file or directory: '" + value + "'"));
  }

  private Result loadImage(NodeInputs in)
      throws NodeException, MediaException, InterruptedException {
    return Result.of(new Still(Pictures.read(file(in, "image"))), new Part("MASK"));
  }

  private Result loadAudio(NodeInputs in)
      throws NodeException, MediaException, InterruptedException {
    return Result.of(LoadedAudio.read(file(in, "audio")));
  }

  private static Result trim(NodeInputs in) throws NodeException {
    Audio audio = in.get("audio", Audio.class);
    double start = in.number("start_index");
    double from = Math.clamp(start < 0 ? audio.seconds() + start : start, 0, audio.seconds());
    double to = Math.min(from + in.number("duration"), audio.seconds());
    if (from >= to) {
      throw new NodeException(
          "ValueError",
          "TrimAudioDuration: Start time must be less than end time and be within the audio"
              + " length.");
    }
    return Result.of(new Audio(audio.file(), to - from, audio.sampleRate()));
  }

  private static Result cut(NodeInputs in) throws NodeException {
    Images images = in.get("image", Images.class);
    int index = in.integer("batch_index");
    int first = Math.clamp(index < 0 ? index + images.count() : index, 0, images.count() - 1);
    int count = Math.min(images.count() - first, in.integer("length"));
    return switch (images) {
      case Still still -> Result.of(still);
      case Frames frames -> Result.of(new Frames(frames.scene(), frames.first() + first, count));
    };
  }

  private Result saveVideo(NodeInputs in) throws NodeException, MediaException {
    Movie movie = in.get("video", Movie.class);
    JsonNode codec = in.constants().path("codec");
    if (!codec.asText().equals("h264") && !codec.asText().equals("auto")) {
      // A dynamic choice outside its list is dropped by validation, and then missed here.
      throw new NodeException(
          "TypeError", "SaveVideo.execute() missing 1 required positional argument: 'codec'");
    }
    var place =
        folders.next(
            in.text("filename_prefix"), "_.mp4", movie.frames().width(), movie.frames().height());
    FilmPainter.paint(movie, place.file());
    ObjectNode shown = shown("images", place);
    shown.putArray("animated").add(true);
    return new Result(List.of(movie), shown);
  }

  private Result saveAudio(NodeInputs in) throws NodeException, MediaException {
    Audio audio = in.get("audio", Audio.class);
    if (audio.file() != null) {
      throw new NodeException(
          "NotImplementedError", "The rehearsal saves decoded sound only, not a loaded file");
    }
    var place = folders.next(in.text("filename_prefix"), ".flac", 0, 0);
    SoundWriter.flac(
        place.file(), Tone.samples(audio.seconds(), Latents.SOUND_RATE), Latents.SOUND_RATE);
    return new Result(List.of(audio), shown("audio", place));
  }

  private static ObjectNode shown(String key, Folders.Place place) {
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
