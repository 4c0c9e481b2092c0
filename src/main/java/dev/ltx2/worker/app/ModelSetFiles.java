package dev.ltx2.worker.app;

import dev.ltx2.worker.models.ModelFile;
import dev.ltx2.worker.models.ModelFolders;
import dev.ltx2.worker.models.ModelList;
import dev.ltx2.worker.models.ModelsException;
import dev.ltx2.worker.modelset.ModelSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that a model set's graphs load.
 *
 * @param paths those that are there, in the order of {@code models.txt}, which is the graphs'
 * @param largest bytes of the largest file, there or not
 */
record ModelSetFiles(List<Path> paths, long largest) {
  private static final Logger LOG = LoggerFactory.getLogger(ModelSetFiles.class);

  static ModelSetFiles of(ModelSet set, Path list, ModelFolders folders) {
    List<Path> paths = new ArrayList<>();
    long largest = 0;
    try {
      for (ModelFile file : ModelList.read(list).only(set.files(), set.name()).files()) {
        folders.find(file).ifPresent(paths::add);
        largest = Math.max(largest, file.size().orElse(0));
      }
    } catch (ModelsException | IOException e) {
      LOG.debug("The model files are not known: {}", e.getMessage());
    }
    return new ModelSetFiles(paths, largest);
  }
}
