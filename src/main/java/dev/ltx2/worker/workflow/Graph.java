package dev.ltx2.worker.workflow;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A filled graph in ComfyUI's API format: node id to {@code class_type}, {@code inputs} and {@code
 * _meta.title}. Ready to be posted as it is.
 */
public record Graph(ObjectNode nodes) {}
