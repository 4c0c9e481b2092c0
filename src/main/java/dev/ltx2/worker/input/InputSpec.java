package dev.ltx2.worker.input;

import java.util.Optional;

/**
 * One thing to fetch.
 *
 * @param label what the API calls it: image, audio, keyframe 2
 * @param name the stem of its file, ours and never the sender's
 * @param frame what an image must fit into; empty for audio
 * @param source URL, {@code data:} URI or, in the CLI, a path
 */
record InputSpec(String label, String name, Optional<TargetSize> frame, String source) {}
