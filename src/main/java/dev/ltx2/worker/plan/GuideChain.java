package dev.ltx2.worker.plan;

import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Keyframe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Where the keyframes of mode 3 stand, and what holds the image in the buffer behind them. */
record GuideChain(List<Guide> guides, List<String> warnings) {

  static GuideChain of(GenerationRequest request, int content, int frames, int delivered) {
    int alignment = request.frameAlignment();
    List<Guide> guides = new ArrayList<>();
    for (Keyframe keyframe : request.keyframes()) {
      // Relative to the content: "last" is reached also when the buffer is cut off.
      int frame = Frames.align(Frames.floor(keyframe.position() * (content - 1)), alignment);
      guides.add(new Guide(guides.size() + 1, frame, keyframe.strength()));
    }
    List<String> warnings = new ArrayList<>();
    int bufferEnd = Frames.align(frames - 1, alignment);
    if (!guides.isEmpty() && request.bufferSeconds() > 0) {
      Guide last = last(guides);
      if (last.frame() < bufferEnd) {
        Guide held = new Guide(last.keyframe(), bufferEnd, last.strength());
        switch (request.bufferGuide()) {
          case ADD_NODE -> guides.add(held);
          case EXTEND_LAST -> {
            guides.set(last.keyframe() - 1, held);
            warnAboutMove(last, held, guides.size(), delivered, warnings);
          }
          case NONE -> {}
        }
      }
    }
    warnAboutCollisions(guides, alignment, warnings);
    return new GuideChain(guides, warnings);
  }

  /** The guide with the greatest index; the later one in the request where two share it. */
  private static Guide last(List<Guide> guides) {
    return guides.stream().reduce((a, b) -> b.frame() >= a.frame() ? b : a).orElseThrow();
  }

  private static void warnAboutMove(
      Guide from, Guide to, int count, int delivered, List<String> warnings) {
    String moved =
        "auto_buffer_guide extend_last moves %s from frame %d to frame %d"
            .formatted(name(from), from.frame(), to.frame());
    if (to.frame() >= delivered) {
      warnings.add(moved + ", which trim_to_audio cuts off");
    }
    if (count == 1 && from.frame() == 0) {
      warnings.add(moved + ": nothing guides the start; add_node keeps it");
    }
  }

  private static void warnAboutCollisions(
      List<Guide> guides, int alignment, List<String> warnings) {
    Map<Integer, List<Guide>> byFrame =
        guides.stream()
            .collect(Collectors.groupingBy(Guide::frame, TreeMap::new, Collectors.toList()));
    byFrame.forEach((frame, sharing) -> {
      if (sharing.size() > 1) {
        warnings.add(
            "%s fall on one frame, %d, at frame_alignment %d: move them apart"
                .formatted(listed(sharing), frame, alignment));
      }
    });
  }

  private static String listed(List<Guide> guides) {
    List<String> names = guides.stream().map(GuideChain::name).toList();
    return String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
  }

  /** As errors name it: the request's index, from 0. */
  private static String name(Guide guide) {
    return "keyframes[" + (guide.keyframe() - 1) + "]";
  }
}
