package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Follows LTX guides through a graph. Each {@code LTXVAddGuide} puts a latent frame behind the
 * video and a note of its tokens into the conditioning; whoever samples needs both, whoever
 * upscales or decodes neither. ComfyUI only looks whether the noted tokens fill whole latent
 * frames: four guides of half the size have the tokens of one of full size, and pass.
 *
 * <p>Only a graph without cycles can be followed.
 */
final class GuideLint {
  private static final String ADD = "LTXVAddGuide";
  private static final String CROP = "LTXVCropGuides";
  private static final int CELL = 32;

  private final ObjectNode nodes;
  private final BiConsumer<String, String> found;

  private GuideLint(ObjectNode nodes, BiConsumer<String, String> found) {
    this.nodes = nodes;
    this.found = found;
  }

  /** Tells a node's id and what is wrong there. */
  static void check(ObjectNode nodes, BiConsumer<String, String> found) {
    GuideLint lint = new GuideLint(nodes, found);
    nodes
        .fieldNames()
        .forEachRemaining(id -> {
          switch (lint.type(id)) {
            case "SamplerCustomAdvanced" -> lint.sampler(id);
            case "LTXVLatentUpsampler" -> lint.leftOver(id, "upscaled, and stay for good");
            case "VAEDecode", "VAEDecodeTiled" -> lint.leftOver(id, "decoded, 8 frames for each");
            case CROP -> lint.crop(id);
            default -> {}
          }
        });
  }

  private void sampler(String id) {
    Optional<String> guider = link(id, "guider").map(Link::node);
    Optional<Link> conditioning =
        guider.flatMap(to -> link(to, "positive").or(() -> link(to, "conditioning")));
    if (conditioning.isEmpty()) {
      return; // A guider of another kind: nothing can be said
    }
    Set<String> inLatent = latentGuides(link(id, "latent_image"));
    Set<String> noted = notedGuides(conditioning);
    Set<String> strange = new LinkedHashSet<>(noted);
    strange.removeAll(inLatent);
    if (!strange.isEmpty()) {
      found.accept(
          id,
          "the conditioning still has "
              + named(strange)
              + ", whose latent frames are "
              + "gone: condition this stage from before them"
              + unnoticed(id, strange));
    }
    Set<String> unknown = new LinkedHashSet<>(inLatent);
    unknown.removeAll(noted);
    if (!unknown.isEmpty()) {
      found.accept(
          id,
          "the latent has frames of "
              + named(unknown)
              + ", of which the conditioning does not know: it must come from there too");
    }
  }

  /** Whether ComfyUI would see it: only where tokens are left over. */
  private String unnoticed(String sampler, Set<String> strange) {
    OptionalLong frame = tokens(link(sampler, "latent_image"));
    long noted = 0;
    for (String guide : strange) {
      OptionalLong one = tokens(link(guide, "latent"));
      if (one.isEmpty() || frame.isEmpty() || perGuide(guide)) {
        return "; with 4 or 8 guides of half the size ComfyUI does not notice";
      }
      noted += one.getAsLong();
    }
    return noted % frame.getAsLong() == 0
        ? "; ComfyUI does not notice, as their %d tokens are those of %d whole latent frames here"
            .formatted(noted, noted / frame.getAsLong())
        : "; ComfyUI stops here, as their %d tokens are no whole number of latent frames of %d"
            .formatted(noted, frame.getAsLong());
  }

  /** In a template the number of its copies is not known. */
  private boolean perGuide(String id) {
    return nodes.path(id).path("_meta").has("for_each");
  }

  private void leftOver(String id, String fate) {
    Set<String> guides = latentGuides(link(id, "samples"));
    if (!guides.isEmpty()) {
      found.accept(
          id, "latent frames of %s are %s: %s before".formatted(named(guides), fate, CROP));
    }
  }

  private void crop(String id) {
    Set<String> inLatent = latentGuides(link(id, "latent"));
    Set<String> noted = notedGuides(link(id, "positive"));
    if (inLatent.size() != noted.size()) {
      found.accept(
          id,
          "cuts off as many latent frames as its conditioning has guides, %d, but the latent has %d"
              .formatted(noted.size(), inLatent.size()));
    }
  }

  private static String named(Set<String> guides) {
    List<String> shown = guides.stream().limit(3).map(id -> "'" + id + "'").toList();
    int more = guides.size() - shown.size();
    return "guide " + String.join(", ", shown) + (more > 0 ? " and " + more + " more" : "");
  }

  /** Guides whose frames are in a latent, in order. */
  private Set<String> latentGuides(Optional<Link> link) {
    if (link.isEmpty()) {
      return new LinkedHashSet<>();
    }
    String id = link.get().node();
    return switch (type(id)) {
      case CROP -> new LinkedHashSet<>();
      case ADD -> {
        Set<String> guides = latentGuides(link(id, "latent"));
        guides.add(id);
        yield guides;
      }
      // Its second output is the audio's
      case "LTXVSeparateAVLatent" ->
          link.get().output() == 0 ? latentGuides(link(id, "av_latent")) : new LinkedHashSet<>();
      default -> latentGuides(passedOn(id));
    };
  }

  /** Guides that a conditioning has notes of, in order. */
  private Set<String> notedGuides(Optional<Link> link) {
    if (link.isEmpty() || type(link.get().node()).equals(CROP)) {
      return new LinkedHashSet<>();
    }
    String id = link.get().node();
    // What is noted of a guide is noted of the negative conditioning too
    Set<String> guides = notedGuides(link(id, "positive").or(() -> link(id, "conditioning")));
    if (type(id).equals(ADD)) {
      guides.add(id);
    }
    return guides;
  }

  /** Tokens of one latent frame; empty where the size is no number in the graph. */
  private OptionalLong tokens(Optional<Link> link) {
    if (link.isEmpty()) {
      return OptionalLong.empty();
    }
    String id = link.get().node();
    JsonNode inputs = nodes.path(id).path("inputs");
    if (type(id).equals("EmptyLTXVLatentVideo")) {
      JsonNode width = inputs.path("width");
      JsonNode height = inputs.path("height");
      return width.isInt() && height.isInt()
          ? OptionalLong.of((long) (width.intValue() / CELL) * (height.intValue() / CELL))
          : OptionalLong.empty();
    }
    if (type(id).equals("LTXVLatentUpsampler")) {
      OptionalLong half = tokens(link(id, "samples"));
      return half.isPresent() ? OptionalLong.of(half.getAsLong() * 4) : half;
    }
    return tokens(passedOn(id));
  }

  /** The video latent that a node hands on. */
  private Optional<Link> passedOn(String id) {
    List<Optional<Link>> ways = new ArrayList<>();
    for (String input : List.of("latent", "video_latent", "av_latent", "latent_image", "samples")) {
      ways.add(link(id, input));
    }
    return ways.stream().flatMap(Optional::stream).findFirst();
  }

  private String type(String id) {
    return nodes.path(id).path("class_type").asText();
  }

  private Optional<Link> link(String id, String input) {
    return Link.of(nodes.path(id).path("inputs").path(input));
  }
}
