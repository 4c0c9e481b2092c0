package dev.ltx2.worker.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker and ComfyUI look for models in the same places, in the same order. */
class ModelFoldersTest {
  private static final String HASH = "8fa1";

  @TempDir private Path dir;
  private ModelFolders folders;
  private List<ModelFile> files;

  @BeforeEach
  void list() throws ModelsException {
    folders = ModelFolders.of(dir.resolve("volume"), dir.resolve("comfyui"));
    files = ModelList.read(Path.of("models.txt")).files();
  }

  private static Path put(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[1]);
  }

  /** As the hub's client lays it out: what a snapshot shows are links to blobs. */
  private Path cached(ModelFile file) throws IOException {
    String[] url = file.url().getPath().split("/", 6);
    Path repository = folders.cache().resolve("models--" + url[1] + "--" + url[2]);
    Path blob = put(repository.resolve("blobs").resolve(file.name() + "-hash"));
    Path shown = repository.resolve("snapshots").resolve(HASH).resolve(url[5]);
    Files.createDirectories(shown.getParent());
    return Files.createSymbolicLink(shown, shown.getParent().relativize(blob));
  }

  /** As ComfyUI reads the file: its own folder, what is_default goes before it, the rest behind. */
  private Path comfyUi(ModelFile file) throws IOException {
    String kind = file.path().substring(0, file.path().indexOf('/'));
    List<Path> places = new ArrayList<>(List.of(folders.own().resolve(kind)));
    for (JsonNode section : folders.extraModelPaths()) {
      for (String path : section.path(kind).asText("").lines().toList()) {
        Path place = Path.of(section.path("base_path").asText()).resolve(path).normalize();
        places.add(section.path("is_default").asBoolean() ? 0 : places.size(), place);
      }
    }
    return places.stream()
        .map(place -> place.resolve(file.name()))
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  @Test
  void ofThreePlacesBothTakeTheVolumeThenComfyUisOwnThenTheCache() throws IOException {
    for (ModelFile file : files) {
      assertThat(folders.find(file)).isEmpty();
      assertThat(comfyUi(file)).isNull();
      bothFind(file, cached(file));
      bothFind(file, put(folders.own().resolve(file.path())));
      bothFind(file, put(folders.volume().resolve(file.path())));
    }
  }

  private void bothFind(ModelFile file, Path path) throws IOException {
    assertThat(folders.find(file)).contains(path);
    assertThat(comfyUi(file)).isEqualTo(path);
  }

  @Test
  void whatComfyUiWouldListUnderAnotherNameIsNotFound() throws Exception {
    ModelFile file =
        ModelList.parse(
                "models.txt",
                List.of("loras/x | ? | ? | https://h/Org/Repo/resolve/main/sub/x | l | p"))
            .files()
            .getFirst();
    cached(file);
    assertThat(folders.find(file)).isEmpty();
    assertThat(comfyUi(file)).isNull();
  }

  @Test
  void theVolumesOtherFoldersAreTold() throws IOException {
    assertThat(folders.extraModelPaths()).isEmpty();
    assertThat(folders.target()).as("no volume is made where none is mounted").isEmpty();
    Files.createDirectories(folders.own().getParent());
    assertThat(folders.target()).contains(folders.own());
    Files.createDirectories(folders.volume().resolve("mine"));
    Files.createDirectories(folders.volume().resolve("custom_nodes"));
    assertThat(folders.extraModelPaths().path("folder1").fieldNames())
        .toIterable()
        .containsExactly(
            "base_path",
            "is_default",
            "checkpoints",
            "diffusion_models",
            "latent_upscale_models",
            "loras",
            "mine",
            "text_encoders",
            "vae");
    assertThat(folders.target()).contains(folders.volume());
  }
}
