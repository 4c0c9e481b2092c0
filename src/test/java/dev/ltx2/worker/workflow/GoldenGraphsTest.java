package dev.ltx2.worker.workflow;

import static dev.ltx2.worker.request.Mode.AUDIO_GEN;
import static dev.ltx2.worker.request.Mode.LIPSYNC;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_AUDIO_GEN;
import static dev.ltx2.worker.request.Mode.MULTIFRAME_LIPSYNC;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.Fit;
import dev.ltx2.worker.workflow.Cases.Case;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Filled graphs, byte by byte. {@code mvn test -Dtest=GoldenGraphsTest -Dgolden.rewrite=true}
 * writes them anew, to be read with {@code git diff}.
 */
class GoldenGraphsTest {
  private static final Path FOLDER = Path.of("test-fixtures/golden");
  private static final Map<String, Case> CASES = cases();

  private static Map<String, Case> cases() {
    Map<String, Case> all = new LinkedHashMap<>();
    Case lipsync = Case.of(LIPSYNC, 1280, 736, 30, 5.0, 1.0);
    all.put("lipsync", lipsync);
    all.put("lipsync-crop", lipsync.fits(Fit.CROP));
    all.put("lipsync-no-camera", lipsync.loras(0, 0.6, 1.0));
    all.put("lipsync-no-detailer", lipsync.loras(0.3, 0.6, 0));
    all.put("lipsync-no-loras", lipsync.loras(0, 0, 0).steps(25));
    all.put("lipsync-24-fps", Case.of(LIPSYNC, 1280, 736, 24, 15.4, 0.5));
    all.put("lipsync-no-buffer", Case.of(LIPSYNC, 1280, 736, 30, 3.217, 0));
    all.put("lipsync-ultra", lipsync.loras(0.3, 0.8, 1.0).steps(12));
    all.put("lipsync-prompt-like-link", lipsync.prompt("[\"checkpoint\",0]", "[\"noise\", 0]"));
    all.put("lipsync-greatest-seed", lipsync.seed(Long.MAX_VALUE));
    all.put("lipsync-portrait", Case.of(LIPSYNC, 736, 1280, 25, 29.97, 1.0).image(0, 0.6).seed(0));

    Case audioGen = Case.of(AUDIO_GEN, 1280, 736, 30, 5.0, 1.0);
    all.put("audio-gen", audioGen);
    all.put("audio-gen-no-distilled", audioGen.loras(0.3, 0, 1.0).steps(100));
    all.put("audio-gen-longest", Case.of(AUDIO_GEN, 2048, 2048, 60, 30.0, 10.0));
    all.put("audio-gen-shortest", Case.of(AUDIO_GEN, 64, 64, 1, 1.0, 0).image(50, 0).steps(1));
    all.put(
        "audio-gen-prompt-signs",
        audioGen.prompt("%date:yyyy% {rain|sun} \"quoted\"\n\\ (wide:1.2) 雨 🎬", ""));

    Guide first = new Guide(1, 0, 1.0);
    Guide middle = new Guide(2, 72, 0.8);
    Guide last = new Guide(3, 144, 0.8);
    Guide end = new Guide(3, 176, 0.8);
    Case add = Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 1.0, first, middle, last, end);
    all.put("multiframe-lipsync", add);
    all.put("multiframe-lipsync-crop", add.fits(Fit.CROP, Fit.PAD, Fit.CROP));
    all.put("multiframe-lipsync-trimmed", add.trimmed());
    all.put("multiframe-lipsync-no-camera", add.loras(0, 0.6, 1.0));
    all.put(
        "multiframe-lipsync-extend-last",
        Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 1.0, first, middle, end));
    all.put(
        "multiframe-lipsync-no-buffer-guide",
        Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 1.0, first, middle, last));
    all.put(
        "multiframe-lipsync-one-keyframe",
        Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 1.0, first, new Guide(1, 176, 1.0)));
    all.put(
        "multiframe-lipsync-collision",
        Case.of(MULTIFRAME_LIPSYNC, 1280, 736, 30, 5.0, 0, first, new Guide(2, 0, 0.8), middle(3)));
    all.put(
        "multiframe-lipsync-nine-keyframes",
        Case.of(
            MULTIFRAME_LIPSYNC,
            768,
            512,
            30,
            30.0,
            0,
            IntStream.rangeClosed(1, 9)
                .mapToObj(i -> new Guide(i, (i - 1) * 112, i == 1 ? 1.0 : 0.8))
                .toArray(Guide[]::new)));

    Case two =
        Case.of(
            MULTIFRAME_AUDIO_GEN,
            1280,
            736,
            24,
            10.0,
            1.0,
            first,
            new Guide(2, 240, 0.8),
            new Guide(2, 264, 0.8));
    all.put("multiframe-audio-gen", two);
    all.put("multiframe-audio-gen-trimmed", two.trimmed());
    all.put("multiframe-audio-gen-no-loras", two.loras(0, 0, 0));
    all.put("multiframe-audio-gen-prompt-like-binding", two.prompt("{\"bind\":{\"a\":1}}", "null"));
    all.put(
        "multiframe-audio-gen-one-frame",
        Case.of(MULTIFRAME_AUDIO_GEN, 256, 192, 23, 3.217, 0, new Guide(1, 37, 0.0)));
    all.put(
        "multiframe-audio-gen-backwards",
        Case.of(
            MULTIFRAME_AUDIO_GEN,
            512,
            768,
            60,
            1.0,
            0.5,
            new Guide(1, 60, 0.5),
            new Guide(2, 30, 0.25),
            new Guide(3, 0, 1.0)));
    return all;
  }

  private static Guide middle(int keyframe) {
    return new Guide(keyframe, 72, 0.8);
  }

  static Stream<String> names() {
    return CASES.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isAsReviewed(String name) throws Exception {
    Case job = CASES.get(name);
    Graph graph = Cases.workflow(job.plan().mode()).fill(job.plan(), job.inputs());
    String filled = print(graph);
    Path file = FOLDER.resolve(name + ".json");
    if (Boolean.getBoolean("golden.rewrite")) {
      Files.createDirectories(FOLDER);
      Files.writeString(file, filled);
    }

    assertThat(filled).isEqualTo(Files.readString(file));
    assertThat(GraphLint.check(name, graph.nodes(), ObjectInfo.recorded())).isEmpty();
  }

  @Test
  void noGoldenGraphIsLeftOver() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(names().map(name -> name + ".json").toList());
    }
  }

  private static String print(Graph graph) throws IOException {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    return new JsonMapper().writer(printer).writeValueAsString(graph.nodes()) + "\n";
  }
}
