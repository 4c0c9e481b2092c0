package dev.ltx2.worker.playground;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Draws docs/playground anew. By its name no test run takes it: {@code -Dtest=PlaygroundShots}. */
class PlaygroundShots {
  private static final Path SHOTS = Path.of("docs/playground");

  @TempDir private static Path folder;

  @Test
  void allStates() throws Exception {
    try (Playground playground = Playground.start(folder)) {
      Tab desk = playground.browser().open().show(1280, 800, "light").open(playground.url());
      desk.shoot(SHOTS.resolve("empty.png"));
      through(desk, "");
      through(playground.browser().open().show(1280, 800, "dark").open(playground.url()), "-dark");
      Tab phone = playground.browser().open().show(360, 740, "light").open(playground.url());
      through(phone, "-phone");
    }
  }

  private static void through(Tab tab, String suffix) throws Exception {
    tab.upload("#images", Playground.THREE);
    tab.upload("#audio", Playground.MEDIA.resolve("speech.mp3"));
    tab.fill("f-steps", "60").until("document.querySelectorAll('#marks .pin').length === 4");
    tab.eval("scrollTo(0, 0)");
    tab.shoot(SHOTS.resolve("filled" + suffix + ".png"));
    tab.click("#send").until("/step [1-5][0-9]/.test(document.querySelector('#step').textContent)");
    tab.shoot(SHOTS.resolve("running" + suffix + ".png"));
    tab.until("document.querySelector('.screen img')?.naturalWidth > 0");
    tab.until("document.querySelector('video').readyState >= 3");
    tab.eval("document.querySelector('video').currentTime = 2.2");
    tab.until("!document.querySelector('#marks .head').hidden");
    tab.until("!document.querySelector('video').seeking");
    tab.shoot(SHOTS.resolve("done" + suffix + ".png"));
    tab.fill("f-fps", "61").fill("f-buffer_seconds", "11").click("#send");
    tab.until("document.activeElement.getAttribute('aria-invalid')");
    tab.shoot(SHOTS.resolve("error" + suffix + ".png"));
  }
}
