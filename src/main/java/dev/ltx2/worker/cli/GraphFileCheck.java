package dev.ltx2.worker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.request.RequestRules;
import dev.ltx2.worker.workflow.ConstantInputs;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import dev.ltx2.worker.workflow.ResizedFrames;
import dev.ltx2.worker.workflow.UnusedFields;
import dev.ltx2.worker.workflow.Workflow;
import dev.ltx2.worker.workflow.WorkflowException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks files with graphs and prints what it finds, one line each.
 *
 * @param info what ComfyUI offers
 * @param rules the fields that requests have
 * @param told faults of whole files that were printed
 */
record GraphFileCheck(ObjectInfo info, RequestRules rules, PrintWriter out, List<String> told) {
  private static final String RAW =
      ": sound for ComfyUI, %d nodes, and not yet a graph of this worker: no node has a \"bind\""
          + " (nor has a graph that is filled)";

  /** Whether ComfyUI would take it; warnings do not count. */
  boolean passes(Path file) throws CommandFailure {
    String name = file.toString();
    try {
      return passes(name, Files.readString(file));
    } catch (JsonProcessingException e) {
      out.println(
          name
              + (e.getLocation() == null
                  ? ": not a graph: nested too deeply, or a text in it is too long"
                  : ": not JSON at line " + e.getLocation().getLineNr()));
    } catch (CharacterCodingException e) {
      out.println(name + ": not JSON: " + IoErrors.of(e));
    } catch (IOException e) {
      throw CommandFailure.usage(file + " cannot be read: " + IoErrors.of(e), e);
    }
    return false;
  }

  private boolean passes(String name, String text) throws JsonProcessingException {
    JsonNode json = new ObjectMapper().readTree(text);
    if (!(json instanceof ObjectNode graph)) {
      out.println(name + ": not a graph in ComfyUI's API format, which is one JSON object");
      return false;
    }
    if (graph.path("nodes").isArray()) {
      out.println(
          name
              + ": saved by ComfyUI's editor for itself: open it there and save it with \"Export"
              + " (API)\"");
      return false;
    }
    boolean template = isTemplate(graph);
    List<String> warnings = new ArrayList<>();
    boolean good = !template || isWorkflow(name, text, warnings);
    List<GraphLint.GraphFault> findings = GraphLint.check(name, graph, info);
    findings.forEach(out::println);
    good &= findings.isEmpty();
    if (good) {
      out.println(name + (template ? ": good, %d nodes" : RAW).formatted(graph.size()));
    }
    warnings.forEach(warning -> out.println(name + ": warning: " + warning));
    return good;
  }

  /** What speaks against it is told beside what ComfyUI has against the same file. */
  private boolean isWorkflow(String name, String text, List<String> warnings) {
    try {
      warnings.addAll(warnings(Workflow.parse(name, text)));
      return true;
    } catch (WorkflowException e) {
      tell(e);
      return false;
    }
  }

  private void tell(WorkflowException e) {
    told.add(e.getMessage());
    out.println(e.getMessage());
  }

  /** Whether a fault was printed already, perhaps with the folder before the file's name. */
  boolean hasTold(String fault) {
    return told.stream().anyMatch(sentence -> sentence.endsWith(fault));
  }

  private List<String> warnings(Workflow workflow) {
    List<String> warnings = new ArrayList<>(ConstantInputs.warnings(workflow));
    warnings.addAll(ResizedFrames.warnings(workflow));
    List<String> unused = UnusedFields.of(workflow, rules);
    if (!unused.isEmpty()) {
      warnings.add(
          "nothing is bound to "
              + String.join(", ", unused)
              + ": what requests say of it has no effect");
    }
    return warnings;
  }

  /** A filled graph has no bindings left, so the rules for bindings do not apply to it. */
  private static boolean isTemplate(ObjectNode graph) {
    return graph.properties().stream()
        .map(node -> node.getValue().path("_meta"))
        .anyMatch(meta ->
            meta.has("bind")
                || meta.has("for_each")
                || meta.has("drop_if_zero")
                || meta.has("manual_sigmas"));
  }
}
