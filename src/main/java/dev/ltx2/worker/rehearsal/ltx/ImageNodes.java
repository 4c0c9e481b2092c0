package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Images;
import java.util.Map;

/** The nodes that change images on their way. */
final class ImageNodes {
  private ImageNodes() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.of(
        "ResizeAndPadImage",
        (in, steps) -> NodeResult.of(ImageScaling.pad(image(in), in)),
        "ImageScale",
        (in, steps) -> NodeResult.of(ImageScaling.scale(image(in), in)),
        "LTXVPreprocess",
        (in, steps) -> NodeResult.of(image(in)),
        "ImageFromBatch",
        (in, steps) -> cut(in));
  }

  private static Image image(NodeInputs in) throws NodeException {
    return in.get("image", Image.class);
  }

  private static NodeResult cut(NodeInputs in) throws NodeException {
    Images images = in.get("image", Images.class);
    int index = in.integer("batch_index");
    int first = Math.clamp(index < 0 ? index + images.count() : index, 0, images.count() - 1);
    int count = Math.min(images.count() - first, in.integer("length"));
    return switch (images) {
      case Image image -> NodeResult.of(image);
      case DecodedFrames frames ->
          NodeResult.of(new DecodedFrames(frames.scene(), frames.first() + first, count));
    };
  }
}
