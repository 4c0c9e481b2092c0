package dev.ltx2.worker.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.graphics.Canvas;
import dev.ltx2.worker.graphics.DrawingSurface;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.plan.GenerationPlan;
import dev.ltx2.worker.plan.Guide;
import dev.ltx2.worker.request.AcceptedSources;
import java.awt.geom.Rectangle2D;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PlanTimelineTest {
  private static final double LEFT = 30;
  private static final double TOP = 40;
  private static final double WIDTH = 1152;

  private record Mark(Rectangle2D.Double box, int colour, String text) {}

  /** What is drawn, in its order, texts with their descenders. */
  private static final class Recorder implements DrawingSurface {
    final List<Mark> bars = new ArrayList<>();
    final List<Mark> texts = new ArrayList<>();

    @Override
    public void rectangle(double x, double y, double width, double height, int argb) {
      bars.add(new Mark(new Rectangle2D.Double(x, y, width, height), argb, ""));
    }

    @Override
    public void text(double x, double y, double size, int argb, String text) {
      double width = Canvas.textWidth(size, text);
      texts.add(new Mark(new Rectangle2D.Double(x, y, width, 1.3 * size), argb, text));
    }

    Stream<Mark> thin() {
      return bars.stream().filter(bar -> bar.box.width <= 3);
    }
  }

  private static Recorder drawn(GenerationPlan plan) {
    Recorder pen = new Recorder();
    new PlanTimeline(plan, WIDTH).draw(pen, LEFT, TOP);
    return pen;
  }

  static Stream<GenerationPlan> plans() throws Exception {
    double[] same = new double[9];
    List<GenerationPlan> plans = new ArrayList<>();
    plans.add(Plans.of(Plans.request(5)));
    plans.add(Plans.of(Plans.request(5, 0)));
    plans.add(Plans.of(Plans.request(5, 0, 1)));
    plans.add(Plans.of(Plans.request(5, same)));
    plans.add(Plans.of(Plans.request(4, 1).put("buffer_seconds", 0).put("fps", 24)));
    plans.add(
        Plans.of(
            Plans.request(10, IntStream.range(0, 9).mapToDouble(i -> i / 80.0).toArray())
                .put("frame_alignment", 1)));
    plans.add(
        Plans.of(
            Plans.request(10, IntStream.range(0, 9).mapToDouble(i -> 1 - i / 80.0).toArray())
                .put("frame_alignment", 1)));
    Random random = new Random(11);
    for (int i = 0; i < 300; i++) {
      plans.add(Plans.random(random));
    }
    return plans.stream();
  }

  @Test
  void generatedAndDeliveredSizesAreShown() throws Exception {
    ModelSet set = Workflows.load(Path.of("workflows/ltx-2.3")).set();
    ObjectNode request = Plans.request(5).put("width", 1000).put("height", 600);
    GenerationPlan plan = set.plan(set.parse(request, AcceptedSources.REMOTE), 5, 1);

    String both = "1000x600 (cut out of 1024x640)";
    assertThat(PlanTimeline.svg(plan)).contains(both);
    assertThat(PlanText.of(plan))
        .contains(both)
        .contains("stage 1          8 steps at 512x320, 2 passes each: 1.0, 0.99375, ")
        .contains("stage 2          3 steps at 1024x640, 2 passes each: 0.85, 0.7250, ");
  }

  @Test
  void textsAreInsideAndTouchNothing() throws Exception {
    plans()
        .forEach(plan -> {
          Recorder pen = drawn(plan);
          double height = new PlanTimeline(plan, WIDTH).height();
          var room = new Rectangle2D.Double(LEFT, TOP, WIDTH, height);
          for (Mark text : pen.texts) {
            assertThat(room.contains(text.box)).as("%s of %s", text, plan).isTrue();
            assertThat(pen.texts.stream().filter(other -> other.box.intersects(text.box)))
                .as("%s", plan)
                .containsExactly(text);
            assertThat(pen.thin().filter(line -> line.box.intersects(text.box)))
                .as("%s of %s", text, plan)
                .isEmpty();
          }
        });
  }

  @Test
  void everyGuideHasAPoleToScaleAndItsName() throws Exception {
    plans()
        .forEach(plan -> {
          Recorder pen = drawn(plan);
          double scale = pen.bars.getFirst().box.width / plan.contentFrames();
          List<Double> poles =
              pen.thin().filter(bar -> bar.box.width == 2).map(bar -> bar.box.x).toList();
          int[] frames =
              plan.guides().stream().mapToInt(Guide::frame).sorted().distinct().toArray();
          assertThat(poles).hasSize(frames.length);
          for (int i = 0; i < frames.length; i++) {
            assertThat(poles.get(i)).isCloseTo(LEFT + frames[i] * scale, within(1e-6));
            String place = PlanTimeline.place(plan, frames[i]);
            assertThat(pen.texts).anyMatch(text -> text.text.equals(place));
          }
          List<String> names =
              pen.texts.stream()
                  .flatMap(text -> Stream.of(text.text.split(" ")))
                  .filter(word -> word.matches("K\\d"))
                  .sorted()
                  .toList();
          assertThat(names)
              .isEqualTo(
                  plan.guides().stream().map(guide -> "K" + guide.keyframe()).sorted().toList());
        });
  }

  @Test
  void theEndIsDrawnOverTheBarsAlsoWhereNothingIsCutOff() throws Exception {
    assertThat(plans().filter(plan -> plan.deliveredFrames() == plan.length())).isNotEmpty();
    plans()
        .forEach(plan -> {
          Recorder pen = drawn(plan);
          double scale = pen.bars.getFirst().box.width / plan.contentFrames();
          List<Mark> ends = pen.thin().filter(bar -> bar.colour == PlanTimeline.CUT).toList();
          assertThat(ends).hasSize(1);
          var end = ends.getFirst().box;
          assertThat(end.getCenterX())
              .isCloseTo(LEFT + plan.deliveredFrames() * scale, within(1e-6));
          assertThat(end.getMaxX()).isLessThanOrEqualTo(LEFT + WIDTH);
          List<Mark> wide = pen.bars.stream().filter(bar -> bar.box.width > 12).toList();
          assertThat(pen.bars.indexOf(ends.getFirst()))
              .isGreaterThan(pen.bars.indexOf(wide.getLast()));
          wide.forEach(bar -> {
            assertThat(end.getMinY()).isLessThan(bar.box.getMinY());
            assertThat(end.getMaxY()).isGreaterThan(bar.box.getMaxY());
          });
        });
  }

  @ParameterizedTest
  @MethodSource
  void aFlagNamesAllGuidesOfItsFrame(double[] strengths, String flag) throws Exception {
    var request = Plans.request(5, new double[strengths.length]).put("buffer_seconds", 0);
    for (int i = 0; i < strengths.length; i++) {
      ((ObjectNode) request.path("keyframes").path(i)).put("strength", strengths[i]);
    }
    assertThat(drawn(Plans.of(request)).texts).anyMatch(text -> text.text.equals(flag));
  }

  static Object[][] aFlagNamesAllGuidesOfItsFrame() {
    return new Object[][] {
      {new double[] {1}, "K1 ×1.0"},
      {new double[] {0.8, 0.8, 0.8}, "K1 K2 K3 ×0.8"},
      {new double[] {1, 0.8, 0.8, 0.123456}, "K1 ×1.0, K2 K3 ×0.8, K4 ×0.123"},
    };
  }

  /** Viewers have other fonts, so each text says how wide it is; numbers have points everywhere. */
  @Test
  void svgFitsInAnyFontAndAnyCountry() throws Exception {
    Locale usual = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      for (GenerationPlan plan : plans().limit(60).toList()) {
        Element svg = parsed(PlanTimeline.svg(plan));
        double width = Double.parseDouble(svg.getAttribute("width"));
        double height = Double.parseDouble(svg.getAttribute("height"));
        NodeList bars = svg.getElementsByTagName("rect");
        for (int i = 0; i < bars.getLength(); i++) {
          Element bar = (Element) bars.item(i);
          assertThat(bar.getAttribute("x")).matches("\\d+\\.\\d");
          assertThat(bar.getAttribute("fill-opacity")).matches("[01]\\.\\d\\d");
        }
        NodeList texts = svg.getElementsByTagName("text");
        assertThat(texts.getLength()).isGreaterThan(5);
        for (int i = 0; i < texts.getLength(); i++) {
          Element text = (Element) texts.item(i);
          double x = Double.parseDouble(text.getAttribute("x"));
          assertThat(x + Double.parseDouble(text.getAttribute("textLength")))
              .as(text.getTextContent())
              .isLessThan(width - 20);
          assertThat(Double.parseDouble(text.getAttribute("y"))).isBetween(20.0, height - 20);
          assertThat(text.getTextContent()).doesNotContain("  ");
        }
      }
    } finally {
      Locale.setDefault(usual);
    }
  }

  private static Element parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)))
        .getDocumentElement();
  }

  @Test
  void theLineOfTextSaysWhereGuidesShareAPlace() throws Exception {
    String two = PlanText.of(Plans.of(Plans.request(10, 0, 0.001, 0.5).put("frame_alignment", 1)));
    assertThat(two).contains("|+====").containsPattern("=3=").contains("+: several");
  }
}
