package dev.ltx2.worker.rehearsal.ltx;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ltx2.worker.rehearsal.NodeException;
import dev.ltx2.worker.rehearsal.NodeInputs;
import dev.ltx2.worker.rehearsal.NodeMeaning;
import dev.ltx2.worker.rehearsal.NodeResult;
import dev.ltx2.worker.rehearsal.NodeValue.Scalar;
import dev.ltx2.worker.rehearsal.ltx.LtxValue.Images;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The nodes that give numbers. */
final class ScalarNodes {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String GROWN = "values.";

  private ScalarNodes() {}

  static Map<String, NodeMeaning> nodes() {
    return Map.of(
        "GetImageSize", (in, steps) -> size(in), "ComfyMathExpression", (in, steps) -> compute(in));
  }

  private static NodeResult size(NodeInputs in) throws NodeException {
    Images images = in.get("image", Images.class);
    return NodeResult.of(
        integer(images.width()), integer(images.height()), integer(images.count()));
  }

  private static NodeResult compute(NodeInputs in) throws NodeException {
    Set<String> names = new TreeSet<>(in.linked().keySet());
    in.constants().fieldNames().forEachRemaining(names::add);
    Map<String, Double> values = new TreeMap<>();
    for (String name : names) {
      if (name.startsWith(GROWN)) {
        values.put(name.substring(GROWN.length()), in.number(name));
      }
    }
    double result = MathExpression.evaluate(in.text("expression"), values);
    return NodeResult.of(
        new Scalar(JSON.numberNode(result)),
        integer((long) result),
        new Scalar(JSON.booleanNode(result != 0)));
  }

  private static Scalar integer(long value) {
    return new Scalar(JSON.numberNode(value));
  }
}
