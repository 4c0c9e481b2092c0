package dev.ltx2.worker.request;

/**
 * A quality preset: what it sets unless the request says otherwise.
 *
 * @param label the API's name for it
 * @param steps sampling steps
 */
public record Preset(String label, int steps, Loras loras) {}
