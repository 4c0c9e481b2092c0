package dev.ltx2.worker.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One bar and one estimate over all samplers of a graph. */
class PromptProgressTest {
  private final ManualTime time = ManualTime.frozen();
  private final List<Lab.Heard> heard = new ArrayList<>();
  private final List<Long> left = new ArrayList<>();

  private final GenerationListener listener =
      new GenerationListener() {
        @Override
        public void left(Duration remaining) {
          left.add(remaining.toMillis());
        }

        @Override
        public void progress(double fraction, int step, int steps, String node) {
          heard.add(new Lab.Heard(fraction, step, steps, node));
        }
      };

  /** As the official templates: 8 steps at half the size, an upscaler, 3 at the full size. */
  private static ObjectNode twoStages() throws IOException {
    return (ObjectNode)
        ComfyUiHttp.JSON.readTree(
            """
            {"sig1": {"class_type": "ManualSigmas", "inputs":
                {"sigmas": "1.0, 0.99375, 0.9875, 0.98125, .975, 0.909375, 0.725, 0.421875, 0.0"}},
             "ks1": {"class_type": "SamplerCustomAdvanced", "inputs": {"sigmas": ["sig1", 0]}},
             "up": {"class_type": "LTXVLatentUpsampler", "inputs": {"samples": ["ks1", 0]}},
             "sig2": {"class_type": "BasicScheduler", "inputs": {"steps": 3, "denoise": 1.0}},
             "ks2": {"class_type": "SamplerCustomAdvanced",
                     "inputs": {"sigmas": ["sig2", 0], "latent_image": ["up", 0]}},
             "save": {"class_type": "SaveVideo", "inputs": {"video": ["ks2", 0]}}}
            """);
  }

  private PromptProgress meter(ObjectNode graph) {
    return new PromptProgress(new GraphNodes(graph), listener, time);
  }

  private void step(PromptProgress meter, String node, int step, int of, int seconds) {
    time.advance(Duration.ofSeconds(seconds));
    meter.hear(new PromptEvent.NodeSteps("p", node, step, of));
  }

  @Test
  void stepsOfBothSamplersAreCountedInOneRow() throws IOException {
    PromptProgress meter = meter(twoStages());
    meter.hear(new PromptEvent.Executing("p", "ks1"));
    for (int i = 1; i <= 8; i++) {
      step(meter, "ks1", i, 8, 1);
    }
    double first = heard.getLast().fraction();
    meter.hear(new PromptEvent.Executing("p", "up"));
    meter.hear(new PromptEvent.Executing("p", "ks2"));
    step(meter, "ks2", 1, 3, 4);
    assertThat(heard).extracting(Lab.Heard::step).startsWith(0, 1, 2).endsWith(8, 8, 8, 9);
    assertThat(heard)
        .filteredOn(each -> each.step() > 0)
        .extracting(Lab.Heard::steps)
        .containsOnly(11);
    assertThat(heard).extracting(Lab.Heard::fraction).isSorted();
    assertThat(first).as("8 of 11 of the samplers' share").isBetween(0.61, 0.66);
    meter.finish();
    assertThat(heard.getLast().fraction()).isEqualTo(1);
  }

  /** 8 steps of 1 s; 3 steps that cost 4 s each, first foreseen, then measured as 5 s. */
  @Test
  void whatIsLeftGoesByThePaceOfEachSampler() throws IOException {
    PromptProgress meter = meter(twoStages());
    meter.hear(new PromptEvent.Executing("p", "ks1"));
    step(meter, "ks1", 1, 8, 60);
    assertThat(left).as("the first step loads the model").isEmpty();
    step(meter, "ks1", 2, 8, 1);
    double others = (8 + 12) / 0.85 * 0.15;
    assertThat(left.getLast()).isEqualTo(Math.round(1000 * (6 + 12 + others)));
    for (int i = 3; i <= 8; i++) {
      step(meter, "ks1", i, 8, 1);
    }
    assertThat(left.getLast()).isBetween(14_000L, 16_000L);
    meter.hear(new PromptEvent.Executing("p", "ks2"));
    step(meter, "ks2", 1, 3, 9);
    assertThat(left.getLast()).as("2 steps of 4 s, and what follows").isBetween(8_000L, 12_000L);
    step(meter, "ks2", 2, 3, 5);
    assertThat(left.getLast()).as("1 step of 5 s, and what follows").isBetween(5_000L, 9_500L);
  }

  @Test
  void aSamplerThatNeedNotRunIsDone() throws IOException {
    PromptProgress meter = meter(twoStages());
    meter.hear(new PromptEvent.Cached("p", List.of("sig1", "ks1", "up", "sig2")));
    meter.hear(new PromptEvent.Executing("p", "ks2"));
    step(meter, "ks2", 1, 3, 4);
    assertThat(heard.getLast().step()).isEqualTo(9);
    assertThat(heard.getLast().steps()).isEqualTo(11);
  }

  /** A schedule of another kind is known only when it runs; the bar does not fall then. */
  @Test
  void anUnknownScheduleIsCountedWhenItRuns() throws IOException {
    ObjectNode graph = twoStages();
    ((ObjectNode) graph.path("sig2")).put("class_type", "SplitSigmas").putObject("inputs");
    PromptProgress meter = meter(graph);
    meter.hear(new PromptEvent.Executing("p", "ks1"));
    step(meter, "ks1", 8, 8, 8);
    assertThat(heard.getLast().steps()).isEqualTo(8);
    double before = heard.getLast().fraction();
    step(meter, "ks2", 1, 3, 4);
    assertThat(heard.getLast().step()).isEqualTo(9);
    assertThat(heard.getLast().steps()).isEqualTo(11);
    assertThat(heard.getLast().fraction()).isGreaterThanOrEqualTo(before);
  }
}
