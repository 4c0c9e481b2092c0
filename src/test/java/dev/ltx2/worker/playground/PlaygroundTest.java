package dev.ltx2.worker.playground;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.app.LocalServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in a browser, from the choice of a mode to the playing video, on the rehearsal. */
class PlaygroundTest {
  @TempDir private static Path folder;
  private static Playground playground;

  private final List<Tab> tabs = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    playground = Playground.start(folder);
  }

  @AfterAll
  static void end() {
    if (playground != null) {
      playground.close();
    }
  }

  @AfterEach
  void nothingWentWrongInThePage() {
    assertThat(tabs).allSatisfy(tab -> assertThat(tab.faults()).isEmpty());
    tabs.forEach(Tab::close);
  }

  private Tab tab() {
    Tab tab = playground.browser().open();
    tabs.add(tab);
    return tab;
  }

  private Tab ready(String mode, Path... images) {
    return playground.fill(tab(), mode, images);
  }

  private static void plays(Tab tab) {
    tab.until("document.querySelector('video')?.readyState >= 2");
    tab.eval("document.querySelector('video').play()");
    tab.until("document.querySelector('video').currentTime > 0.2");
    assertThat(tab.eval("document.querySelector('video').videoWidth").asInt()).isEqualTo(256);
    tab.until("document.querySelector('.screen img')?.naturalWidth > 0");
  }

  private static JsonNode request(Tab tab) throws IOException {
    String shown = tab.text("#code");
    return new ObjectMapper()
        .readTree(shown.substring(shown.indexOf('{'), shown.lastIndexOf("}'") + 1));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,1", "3a,3", "3b,3"})
  void everyModeBecomesAPlayingVideo(String mode, int images) {
    Tab tab = ready(mode, List.of(Playground.THREE).subList(0, images).toArray(Path[]::new));
    int delivered =
        tab.eval("Number(document.querySelector('#legend .delivered').textContent.match(/\\d+/))")
            .asInt();
    tab.click("#send");
    plays(tab);
    assertThat(tab.text("dl")).contains("256x160", delivered + " at 10 a second");
    assertThat(tab.text("#take-status")).isEqualTo("done");
    // The head stands on the timeline where the video is.
    assertThat(tab.eval("document.querySelector('#marks .head').hidden").asBoolean()).isFalse();
  }

  @Test
  void aFaultStandsAtItsField() {
    Tab tab = ready("3b", Playground.THREE);
    tab.fill("f-steps", "0").fill("f-fps", "61").fill("c-keyframes[1].strength", "2");
    int before = jobs(tab);
    tab.click("#send").until("document.activeElement.getAttribute('aria-invalid')");
    assertThat(tab.eval("document.activeElement.id").asText()).isEqualTo("c-keyframes[1].strength");
    assertThat(tab.text("#e-f-fps, #e-fps")).contains("fps").contains("60").contains("61");
    assertThat(tab.text("#e-steps")).contains("steps").contains("100");
    assertThat(tab.text("[id=\"e-c-keyframes[1].strength\"]")).contains("keyframes[1].strength");
    assertThat(tab.attribute("#f-fps", "aria-describedby")).contains("e-fps");
    assertThat(tab.text("#problem")).isEqualTo("3 fields to mend");
    assertThat(jobs(tab)).as("nothing was sent").isEqualTo(before);

    tab.fill("f-steps", "8").fill("f-fps", "10").fill("c-keyframes[1].strength", "0.5");
    tab.until("!document.querySelector('[aria-invalid]')");
    assertThat(tab.text("#problem")).isEmpty();
  }

  private static int jobs(Tab tab) {
    return tab.eval("fetch('jobs').then(r => r.json()).then(r => r.jobs.length)").asInt();
  }

  @Test
  void whatIsMissingIsSaidWhereItIsAdded() {
    Tab tab = tab().open(playground.url()).click("#send");
    tab.until("document.querySelector('#e-images').textContent");
    assertThat(tab.eval("document.activeElement.id").asText()).isEqualTo("images");
  }

  @Test
  void progressAndCancel() {
    Tab tab = ready("3b", Playground.THREE).fill("f-steps", "100").click("#send");
    tab.until("document.querySelector('#step').textContent.match(/step [1-9]\\d* of 100/)");
    assertThat(tab.eval("Number(document.querySelector('#meter').ariaValueNow)").asInt())
        .isPositive();
    assertThat(tab.text("#stages [aria-current=step]")).isEqualTo("Generating");
    tab.until("document.querySelector('#eta').textContent.includes('left')");
    tab.until("document.querySelector('#live').textContent === 'Generating'");
    tab.click("#cancel")
        .until("document.querySelector('#take-status').textContent === 'cancelled'");
    assertThat(tab.text("#outcome")).startsWith("Cancelled");
  }

  @Test
  void aReloadInMidJobGoesOn() throws IOException {
    Tab tab =
        ready("3b", Playground.THREE).fill("f-steps", "60").fill("f-seed", "7").click("#send");
    tab.until("document.querySelector('#step').textContent.startsWith('step')");
    String id = tab.text("#take-id");
    tab.reload();
    tab.until("document.querySelector('#step').textContent.startsWith('step')");
    assertThat(tab.text("#take-id")).isEqualTo(id);
    JsonNode input = request(tab).path("input");
    assertThat(input.path("keyframes")).hasSize(3);
    assertThat(input.path("steps").asInt()).isEqualTo(60);
    assertThat(input.path("seed").asInt()).isEqualTo(7);
    plays(tab);
    assertThat(tab.text("#take-id")).isEqualTo(id);
  }

  @Test
  void twoPagesAtOnce() {
    Tab one = ready("2", Playground.THREE[0]).fill("f-seed", "1");
    Tab two = ready("2", Playground.THREE[1]).fill("f-seed", "2");
    one.click("#send");
    two.click("#send");
    plays(one);
    plays(two);
    assertThat(one.text("dl")).contains("Seed1");
    assertThat(two.text("dl")).contains("Seed2");
    assertThat(one.text("#take-id")).isNotEqualTo(two.text("#take-id"));
    String both = "document.querySelectorAll('#job-list [data-status=COMPLETED]').length >= 2";
    one.until(both);
    two.until(both);
  }

  @Test
  void keyframesMoveByMouseAndKeys() throws IOException {
    Tab tab = ready("3b", Playground.THREE).fill("f-duration", "5").fill("f-fps", "30");
    String second = ".thumb[aria-label=\"Keyframe 2\"]";
    tab.until(
        "document.querySelector('" + second + "').ariaValueText.startsWith('frame 72 of 150')");
    tab.eval("document.querySelector('" + second + "').focus()");
    tab.press("ArrowRight").press("ArrowRight");
    tab.until("document.querySelector('" + second + "').ariaValueText.startsWith('frame 88 of')");
    tab.until(
        "document.querySelector('#live').textContent.startsWith('Keyframe 2: frame 88 of 150')");
    assertThat(tab.eval("document.activeElement.ariaLabel").asText()).isEqualTo("Keyframe 2");
    assertThat(request(tab).at("/input/keyframes/1/frame_position").asDouble())
        .isBetween(0.586, 0.588);

    String left = ".getBoundingClientRect().left";
    assertThat(
            tab.eval("document.querySelector('" + second + "')" + left).asDouble()
                - tab.eval("document.querySelectorAll('#marks .pin')[1]" + left).asDouble())
        .as("an image begins at its mark")
        .isBetween(-2.0, 2.0);
    double width = tab.eval("document.querySelector('#lane').clientWidth").asDouble();
    tab.drag(second, -width * 37 / 185);
    tab.until("document.querySelector('" + second + "').ariaValueText.startsWith('frame 48 of')");
    tab.press("End");
    tab.until("document.querySelector('" + second + "').ariaValueText.startsWith('frame 144 of')");
    assertThat(request(tab).at("/input/keyframes/1/frame_position").asInt()).isEqualTo(1);
  }

  @Test
  void theThumbnailShowsBarsOrTheCut() {
    Tab tab = ready("2", Playground.MEDIA.resolve("corners.png"));
    tab.until("document.querySelector('.card h3 span').textContent === '6 % black'");
    assertThat(tab.eval("getComputedStyle(document.querySelector('.box img')).objectFit").asText())
        .isEqualTo("contain");
    tab.click("label:has([name=fit][value*=crop])");
    tab.until("document.querySelector('.card h3 span').textContent === '6 % cut away'");
    assertThat(tab.eval("getComputedStyle(document.querySelector('.box img')).objectFit").asText())
        .isEqualTo("cover");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void axeFindsNothing(String scheme) throws IOException {
    Tab tab = tab().show(1280, 800, scheme).open(playground.url());
    assertThat(tab.axe()).as("empty").isEmpty();
    tab.upload("#images", Playground.THREE)
        .upload("#audio", Playground.MEDIA.resolve("tone-cbr.mp3"));
    tab.fill("f-width", "256").fill("f-height", "160").fill("f-steps", "100");
    tab.until("document.querySelector('#band .content')");
    tab.click("#send").until("document.querySelector('#step').textContent.startsWith('step')");
    assertThat(tab.axe()).as("running").isEmpty();
    tab.click("#cancel").until("document.querySelector('#outcome').textContent");
    tab.fill("f-fps", "61").click("#send").until("document.querySelector('[aria-invalid]')");
    assertThat(tab.axe()).as("a fault").isEmpty();
    tab.fill("f-fps", "10").fill("f-steps", "2").until("!document.querySelector('[aria-invalid]')");
    tab.click("#send").until("document.querySelector('video')");
    assertThat(tab.axe()).as("done").isEmpty();
  }

  @Test
  void aPhoneShowsAllOfIt() throws IOException {
    Tab tab = ready("3b", Playground.THREE).show(360, 740, "light").click("#send");
    plays(tab);
    assertThat(tab.eval("document.documentElement.scrollWidth").asInt()).isEqualTo(360);
    assertThat(tab.axe()).isEmpty();
  }

  @Test
  void theKeyComesInTheFragmentOrIsAskedFor() throws Exception {
    try (LocalServer locked = playground.serve("locked", Optional.of("right"))) {
      Tab invited = tab().open(URI.create(locked.url() + "/#key=right"));
      invited.until("document.querySelector('#engine').textContent");
      assertThat(invited.eval("location.hash").asText()).isEmpty();
      assertThat(invited.text("#code"))
          .contains("Authorization: Bearer $LOCAL_API_KEY")
          .doesNotContain("right");

      Tab stranger = tab().go(locked.url()).until("document.querySelector('dialog')?.open");
      stranger.fill("key", "wrong").press("Enter");
      stranger.until("document.querySelector('#key-error').textContent");
      stranger.fill("key", "right").press("Enter");
      stranger.until("!document.querySelector('dialog').open");
    }
  }

  @Test
  void onlyTheModesOfTheModelsAreOffered() throws Exception {
    Map<String, String> single = Map.of("MODEL_SET", "ltx-2.5-single");
    try (LocalServer server = playground.serve("single", Optional.empty(), single)) {
      Tab tab = tab().open(server.url());
      String offered =
          "[...document.querySelectorAll('.modes label:not([hidden]) input')].map(i => i.value)";
      assertThat(tab.eval(offered).toString()).isEqualTo("[\"3a\",\"3b\"]");
      tab.upload("#images", Playground.MEDIA.resolve("keyframe-1.jpg"));
      tab.until("document.querySelector('[name=mode]:checked').value === '3b'");
    }
  }

  @Test
  void thePageIsSmallAndAloneInTheWorld() throws IOException {
    long bytes = 0;
    try (var files = Files.list(Path.of("src/main/resources/dev/ltx2/worker/localapi/page"))) {
      for (Path file :
          files.filter(file -> !file.getFileName().toString().startsWith("docs")).toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(bytes).isLessThan(60_000);
    Tab tab = tab().open(playground.url());
    String strangers =
        "performance.getEntriesByType('resource').map(e => new URL(e.name).origin).filter(o => o !== location.origin)";
    assertThat(tab.eval(strangers)).isEmpty();
  }
}
