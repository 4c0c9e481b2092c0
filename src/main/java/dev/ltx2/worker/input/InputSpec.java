package dev.ltx2.worker.input;

import dev.ltx2.worker.request.Source;
import java.util.Optional;

/**
 * One thing to fetch.
 *
 * @param label what the API calls it: image, audio, keyframe 2
 * @param name the stem of its file, ours and never the sender's
 * @param size what an image must fit into; empty for audio
 * @param source where it is
 */
record InputSpec(String label, String name, Optional<TargetSize> size, Source source) {}
