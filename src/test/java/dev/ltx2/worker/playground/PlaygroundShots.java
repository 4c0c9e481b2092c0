package dev.ltx2.worker.playground;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Draws docs/playground anew. By its name no test run takes it: {@code -Dtest=PlaygroundShots}. */
class PlaygroundShots {
  private static final Path SHOTS = Path.of("docs/playground");

  @TempDir private static Path folder;

  @Test
  void allStates() throws Exception {
    try (Playground playground = Playground.start(folder)) {
      for (String scheme : List.of("light", "dark")) {
        through(playground, 1280, 800, scheme, scheme.equals("dark") ? "-dark" : "");
      }
      through(playground, 360, 740, "light", "-phone");
    }
  }

  private static void through(
      Playground playground, int width, int height, String scheme, String suffix) throws Exception {
    Tab tab = playground.browser().open().show(width, height, scheme).open(playground.url());
    // What a build from the jar shows.
    tab.eval(
        "[...document.getElementById('engine').children].map((each, i) =>"
            + " (each.textContent = ['Rehearsal: drawn, no GPU', 'ltx-2'][i]))");
    tab.shoot(SHOTS.resolve("empty" + suffix + ".png"));
    tab.upload("#images", Playground.THREE);
    tab.upload("#audio", Playground.MEDIA.resolve("speech.mp3"));
    tab.fill("f-steps", "60").until("document.querySelectorAll('#marks .pin').length === 4");
    tab.eval("scrollTo(0, 0)");
    tab.shoot(SHOTS.resolve("filled" + suffix + ".png"));
    tab.click("#send").until("/step [1-5][0-9]/.test(document.querySelector('#step').textContent)");
    tab.shoot(SHOTS.resolve("running" + suffix + ".png"));
    tab.until("document.querySelector('.screen img')?.naturalWidth > 0");
    tab.until("document.querySelector('video').readyState >= 3");
    tab.eval("document.querySelector('video').play()");
    tab.until("document.querySelector('video').currentTime > 1.8");
    tab.eval("document.querySelector('video').pause()");
    tab.click("#take-title");
    tab.show(width, height + 260, scheme).eval("document.getElementById('stage').scrollIntoView()");
    tab.shoot(SHOTS.resolve("done" + suffix + ".png"));
    tab.show(width, height, scheme);
    tab.fill("f-fps", "61").fill("f-buffer_seconds", "11").click("#send");
    tab.until("document.activeElement.getAttribute('aria-invalid')");
    tab.shoot(SHOTS.resolve("error" + suffix + ".png"));
    tab.close();
  }
}
