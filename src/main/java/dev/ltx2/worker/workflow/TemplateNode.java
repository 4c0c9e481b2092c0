package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One node of a template and what its {@code _meta} says.
 *
 * @param inputs as in the file; never changed
 * @param title for people, may be null
 * @param bind input name to value
 * @param carry input name to the output of the copy before that it is linked to
 * @param dropIfZero input name, or null
 * @param manualSigmas the stage, from 1, whose list of noise levels the plan may put in its place;
 *     0 for none
 */
record TemplateNode(
    String id,
    String classType,
    ObjectNode inputs,
    @Nullable String title,
    Map<String, Binding> bind,
    Loop loop,
    Map<String, Integer> carry,
    @Nullable String dropIfZero,
    int manualSigmas) {

  /** Input name to link, in the file's order. */
  Map<String, Link> links() {
    Map<String, Link> links = new LinkedHashMap<>();
    inputs
        .properties()
        .forEach(input -> Link.of(input.getValue()).ifPresent(l -> links.put(input.getKey(), l)));
    return links;
  }

  boolean looped() {
    return loop != Loop.NONE;
  }

  String copyId(int index) {
    return id + "_" + index;
  }

  /** What its readers are linked to when it is dropped. */
  Optional<Link> bypassTarget() {
    return links().values().stream().findFirst();
  }
}
