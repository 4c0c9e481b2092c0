package dev.ltx2.worker.comfyui;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A refused graph as text. ComfyUI's own details quote received values, which for a text input is
 * the client's prompt: only details known to hold names, choices or types are passed on.
 */
final class Rejection {
  private static final Set<String> SAFE_DETAILS =
      Set.of(
          "value_not_in_list",
          "custom_validation_failed",
          "return_type_mismatch",
          "dependency_cycle");
  private static final int LONGEST_DETAIL = 300;

  private Rejection() {}

  static boolean hasNodeErrors(JsonNode answer) {
    return !answer.path("node_errors").isEmpty();
  }

  /** Of the body of a 400, or of a 200 with node errors. */
  static String text(JsonNode answer, GraphNodes nodes) {
    List<String> faults = new ArrayList<>();
    answer
        .path("node_errors")
        .properties()
        .forEach(node ->
            node.getValue()
                .path("errors")
                .forEach(e -> faults.add(nodes.label(node.getKey()) + ": " + fault(e))));
    if (faults.isEmpty()) {
      faults.add(general(answer.path("error"), nodes));
    }
    return "ComfyUI rejected the graph: " + String.join("; ", faults);
  }

  private static String general(JsonNode error, GraphNodes nodes) {
    String message = error.isTextual() ? error.asText() : error.path("message").asText("no reason");
    String type = error.path("extra_info").path("class_type").asText("");
    if (!message.contains(type)) {
      // ComfyUI puts the node's title where its type is meant.
      message += " (node type " + type + ')';
    }
    JsonNode node = error.path("extra_info").path("node_id");
    return node.isTextual() ? nodes.label(node.asText()) + ": " + message : message;
  }

  private static String fault(JsonNode error) {
    JsonNode extra = error.path("extra_info");
    String input = extra.path("input_name").asText("");
    StringBuilder text = new StringBuilder();
    if (!input.isEmpty()) {
      text.append(input).append(": ");
    }
    text.append(error.path("message").asText("refused"));
    String detail = detail(error, extra, input);
    return detail.isEmpty() ? text.toString() : text.append(", ").append(detail).toString();
  }

  private static String detail(JsonNode error, JsonNode extra, String input) {
    String type = error.path("type").asText();
    JsonNode received = extra.path("received_value");
    if (type.equals("invalid_input_type") && (received.isNumber() || received.isBoolean())) {
      return "received " + received.asText();
    }
    if (!SAFE_DETAILS.contains(type)) {
      return extra.path("exception_type").asText("");
    }
    String detail = error.path("details").asText("");
    if (!input.isEmpty() && detail.startsWith(input)) {
      // "image - Invalid…", "samples, received…", "ckpt_name: 'x' not in…": the input is named once
      detail = detail.substring(input.length()).replaceFirst("^[\\s,:-]+", "");
    }
    return detail.length() > LONGEST_DETAIL ? detail.substring(0, LONGEST_DETAIL) + '…' : detail;
  }
}
