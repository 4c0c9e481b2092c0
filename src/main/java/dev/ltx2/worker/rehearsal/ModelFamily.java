package dev.ltx2.worker.rehearsal;

import java.util.Map;

/** The nodes of one family of models: the seam where another family is added. */
@FunctionalInterface
public interface ModelFamily {
  /** The meanings of its nodes by {@code class_type}, for a ComfyUI with these folders. */
  Map<String, NodeMeaning> nodes(ComfyUiFolders folders);
}
