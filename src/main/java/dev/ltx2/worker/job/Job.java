package dev.ltx2.worker.job;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One job as it was handed out.
 *
 * @param id opaque; never used as a path as it is
 * @param input the API's request fields
 */
public record Job(String id, JsonNode input) {}
