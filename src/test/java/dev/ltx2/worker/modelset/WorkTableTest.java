package dev.ltx2.worker.modelset;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.SamplingStage;
import dev.ltx2.worker.plan.Work;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of work in docs/performance.md; {@code -Dwrite.docs=true} writes it anew. */
class WorkTableTest {
  private static final Path DOCS = Path.of("docs/performance.md");
  private static final Path SETS = Path.of("workflows");
  private static final List<int[]> SIZES =
      List.of(new int[] {1280, 736}, new int[] {1280, 704}, new int[] {768, 512});

  @Test
  void theTableIsThatOfThePlans() throws Exception {
    StringBuilder table =
        new StringBuilder(
            "| set | modes | size | sampled | token-steps | attention |\n|---|---|---|---|---|---|\n");
    for (int[] size : SIZES) {
      for (boolean guides : new boolean[] {false, true}) {
        rows(table, size, guides);
      }
    }
    String docs = Files.readString(DOCS);
    Pattern block = Pattern.compile("(<!-- work:[^\n]*-->\n)(.*)(<!-- /work -->)", Pattern.DOTALL);
    if (Boolean.getBoolean("write.docs")) {
      String written = Matcher.quoteReplacement(table.toString());
      docs = block.matcher(docs).replaceFirst("$1" + written + "$3");
      Files.writeString(DOCS, docs);
    }
    Matcher found = block.matcher(docs);
    assertThat(found.find()).isTrue();
    assertThat(found.group(2)).isEqualTo(table.toString());
  }

  private static void rows(StringBuilder table, int[] size, boolean guides) throws Exception {
    Work standard = Work.of(plan("ltx-2", size, guides));
    for (String set : sets()) {
      boolean served =
          Workflows.load(SETS.resolve(set)).set().request().modes().stream()
              .anyMatch(mode -> mode.multiframe() == guides);
      if (served) {
        GenerationPlan plan = plan(set, size, guides);
        Work work = Work.of(plan);
        table.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %dx%d | %s | %,d (%.0f %%) | %.2e (%.0f %%) |\n",
                set,
                guides ? "3a, 3b" : "1, 2",
                size[0],
                size[1],
                plan.sampling().stages().stream()
                    .map(WorkTableTest::sampled)
                    .collect(Collectors.joining(", ")),
                work.linear(),
                100.0 * work.linear() / standard.linear(),
                (double) work.attention(),
                100.0 * work.attention() / standard.attention()));
      }
    }
  }

  private static String sampled(SamplingStage stage) {
    return (stage.passes() > 1 ? stage.passes() + " · " : "")
        + stage.steps()
        + " · "
        + stage.width()
        + "x"
        + stage.height();
  }

  private static List<String> sets() throws IOException {
    try (Stream<Path> folders = Files.list(SETS)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    }
  }

  /** 5 s and a buffer of 1 s at 30 fps, 181 frames; guided, 3 keyframes and the buffer's. */
  private static GenerationPlan plan(String set, int[] size, boolean guides) throws Exception {
    ModelSet models = Workflows.load(SETS.resolve(set)).set();
    ObjectNode input = new JsonMapper().createObjectNode().put("duration", 5.0);
    input.put("width", size[0]).put("height", size[1]);
    for (int i = 0; i < 3 && guides; i++) {
      input.withArray("keyframes").addObject().put("image_url", "https://e.org/a.png");
    }
    if (!guides) {
      input.put("image_url", "https://e.org/a.png");
    }
    if (guides || models.request().modes().contains(Mode.AUDIO_GEN)) {
      return models.plan(models.parse(input, AcceptedSources.REMOTE), 5.0, 1);
    }
    throw new IllegalStateException(set);
  }
}
