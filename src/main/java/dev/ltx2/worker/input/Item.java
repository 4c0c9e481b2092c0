package dev.ltx2.worker.input;

/**
 * One thing to fetch.
 *
 * @param label what the API calls it: image, audio, keyframe 2
 * @param name the stem of its file, ours and never the sender's
 * @param frame what a picture must fit into; null for audio
 * @param source URL, {@code data:} URI or, in the CLI, a path
 */
record Item(String label, String name, Frame frame, String source) {}
