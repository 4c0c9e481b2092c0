package dev.ltx2.worker.modelset;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.PlanJson;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.workflow.GraphInputs;
import dev.ltx2.worker.workflow.GraphLint;
import dev.ltx2.worker.workflow.ObjectInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each model set makes of a request, plan and graph, byte by byte. {@code mvn test
 * -Dtest=GoldenSetsTest -Dgolden.rewrite=true} writes them anew, to be read with {@code git diff}.
 */
class GoldenSetsTest {
  private static final Path SETS = Path.of("workflows");
  private static final Path FOLDER = Path.of("test-fixtures/golden-sets");
  private static final JsonMapper JSON = new JsonMapper();

  /** A request to a set; {@code name} is the golden file's. */
  record Case(String name, String set, Mode mode, ObjectNode input) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() throws IOException {
    List<Case> all = new ArrayList<>();
    try (Stream<Path> folders = Files.list(SETS)) {
      for (Path folder : folders.sorted().toList()) {
        String set = folder.getFileName().toString();
        for (Mode mode : Mode.values()) {
          if (Files.exists(folder.resolve(mode.workflow() + ".json"))) {
            all.add(new Case(set + "-" + mode.workflow(), set, mode, input(mode, 3)));
            ObjectNode odd = input(mode, 9).put("width", 1000).put("height", 600);
            odd.put("steps", 5).put("buffer_seconds", 0).put("fps", 24);
            if (set.equals("ltx-2")) {
              odd.put("schedule", "distilled");
            }
            all.add(new Case(set + "-" + mode.workflow() + "-odd", set, mode, odd));
          }
        }
      }
    }
    return all;
  }

  private static ObjectNode input(Mode mode, int keyframes) {
    ObjectNode input = JSON.createObjectNode().put("prompt_positive", "A person speaks");
    input.put("seed", 42);
    if (mode.multiframe()) {
      for (int i = 1; i <= keyframes; i++) {
        input.withArray("keyframes").addObject().put("image_url", "https://e.org/" + i + ".png");
      }
    } else {
      input.put("image_url", "https://e.org/1.png");
    }
    return mode.lipSync()
        ? input.put("audio_url", "https://e.org/a.wav")
        : input.put("duration", 5.0);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isAsReviewed(Case job) throws Exception {
    Workflows workflows = Workflows.load(SETS.resolve(job.set));
    ModelSet set = workflows.set();
    GenerationRequest request =
        GenerationRequest.parse(job.input, AcceptedSources.REMOTE, set.request());
    GenerationPlan plan = set.plan(request, 5.0, 42);
    List<String> images =
        IntStream.rangeClosed(1, request.images().size())
            .mapToObj(i -> "jobs/g/image_" + i + ".png")
            .toList();
    GraphInputs inputs =
        new GraphInputs(
            request.promptPositive(),
            request.promptNegative(),
            images,
            job.mode.lipSync() ? "jobs/g/audio.wav" : null,
            "jobs/g/");
    ObjectNode graph = workflows.of(job.mode).fill(plan, inputs).nodes();
    ObjectNode both = JSON.createObjectNode();
    both.set("plan", PlanJson.of(plan));
    both.set("graph", graph);
    String text = print(both);
    Path file = FOLDER.resolve(job.name + ".json");
    if (Boolean.getBoolean("golden.rewrite")) {
      Files.createDirectories(FOLDER);
      Files.writeString(file, text);
    }

    assertThat(text).isEqualTo(Files.readString(file));
    assertThat(GraphLint.check(job.name, graph, ObjectInfo.recorded())).isEmpty();
  }

  @Test
  void noGoldenFileIsLeftOver() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              cases().stream().map(job -> job.name + ".json").toList());
    }
  }

  private static String print(ObjectNode json) throws IOException {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    return JSON.writer(printer).writeValueAsString(json) + "\n";
  }
}
