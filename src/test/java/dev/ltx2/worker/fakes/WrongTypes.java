package dev.ltx2.worker.fakes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;

/** JSON as a broken or hostile peer sends it: good in form, with anything anywhere. */
public final class WrongTypes {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private WrongTypes() {}

  /** Puts something else in the place of one value below {@code root}, or takes it away. */
  public static void put(JsonNode root, RandomGenerator random) {
    JsonNode at = root;
    while (true) {
      int size = at.size();
      if (size == 0) {
        return;
      }
      int index = random.nextInt(size);
      JsonNode child = at.isObject() ? at.path(name(at, index)) : at.path(index);
      if (child.isEmpty() || random.nextInt(4) == 0) {
        replace(at, index, random);
        return;
      }
      at = child;
    }
  }

  private static String name(JsonNode object, int index) {
    return List.copyOf(object.properties()).get(index).getKey();
  }

  private static void replace(JsonNode parent, int index, RandomGenerator random) {
    boolean gone = random.nextInt(5) == 0;
    if (parent instanceof ObjectNode object) {
      String name = name(parent, index);
      if (gone) {
        object.remove(name);
      } else {
        object.set(name, any(random));
      }
    } else if (parent instanceof ArrayNode array) {
      if (gone) {
        array.remove(index);
      } else {
        array.set(index, any(random));
      }
    }
  }

  private static JsonNode any(RandomGenerator random) {
    return switch (random.nextInt(13)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2 -> JSON.numberNode(random.nextInt());
      case 3 -> JSON.numberNode(Double.NaN);
      case 4 -> JSON.numberNode(Double.NEGATIVE_INFINITY);
      case 5 -> JSON.numberNode(new BigInteger("9".repeat(400)));
      case 6 -> JSON.textNode("");
      case 7 -> JSON.textNode("\0../\ud800,,%s");
      case 8 -> JSON.textNode("A,A");
      case 9 -> JSON.arrayNode();
      case 10 -> JSON.objectNode();
      case 11 -> JSON.arrayNode().add(JSON.arrayNode().addNull()).add(1).add("x.mp4");
      default -> JSON.objectNode().set("required", JSON.objectNode().putNull("x"));
    };
  }
}
