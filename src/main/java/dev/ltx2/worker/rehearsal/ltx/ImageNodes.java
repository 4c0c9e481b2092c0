package dev.ltx2.worker.rehearsal.ltx;

import dev.ltx2.worker.graphics.Bitmap;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Crop;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.DecodedFrames;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Image;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Images;
import java.util.Map;

/** The nodes that change images on their way. */
final class ImageNodes {
  private ImageNodes() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.of(
        "EmptyImage",
        (in, steps) -> empty(in),
        "ResizeAndPadImage",
        (in, steps) -> NodeResult.of(ImageScaling.pad(image(in), in)),
        "ImageScale",
        (in, steps) -> NodeResult.of(ImageScaling.scale(image(in), in)),
        "ImageScaleBy",
        (in, steps) -> NodeResult.of(ImageScaling.scaleBy(image(in), in.number("scale_by"))),
        "LTXVPreprocess",
        (in, steps) -> NodeResult.of(image(in)),
        "ImageCrop",
        (in, steps) -> crop(in),
        "ImageFromBatch",
        (in, steps) -> cut(in));
  }

  private static NodeResult empty(NodeInputs in) throws NodeException {
    if (in.integer("batch_size") != 1) {
      throw new NodeException(
          "NotImplementedError", "The rehearsal makes a single EmptyImage, not a batch");
    }
    Bitmap image = new Bitmap(in.integer("width"), in.integer("height"));
    int colour = in.integer("color");
    for (int y = 0; colour != 0 && y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        image.rgb(x, y, colour);
      }
    }
    return NodeResult.of(new Image(image));
  }

  private static NodeResult crop(NodeInputs in) throws NodeException {
    Images images = in.get("image", Images.class);
    Crop part =
        Crop.of(
            images, in.integer("x"), in.integer("y"), in.integer("width"), in.integer("height"));
    return switch (images) {
      case Image image -> NodeResult.of(new Image(part.of(image.bitmap())));
      case DecodedFrames frames -> NodeResult.of(frames.cut(part));
    };
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
      case DecodedFrames frames -> NodeResult.of(frames.from(first, count));
    };
  }
}
