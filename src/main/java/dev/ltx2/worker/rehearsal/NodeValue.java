package dev.ltx2.worker.rehearsal;

/** What flows along the links of a graph. Which values there are is the model family's affair. */
public interface NodeValue {}
