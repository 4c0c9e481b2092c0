package dev.ltx2.worker.input;

import java.nio.file.Path;
import java.util.List;

/**
 * A job's inputs on disk, checked by content.
 *
 * @param images one, or one per keyframe, in the request's order
 * @param audio null where the sound is generated
 */
public record Inputs(List<Path> images, Path audio) {}
