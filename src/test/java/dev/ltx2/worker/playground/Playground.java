package dev.ltx2.worker.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ltx2.worker.app.LocalServer;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.LocalApiSettings;
import dev.ltx2.worker.rehearsal.InjectedFault;
import dev.ltx2.worker.rehearsal.InjectedFaults;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A local API on a rehearsal of known speed, and a browser. */
final class Playground implements AutoCloseable {
  static final Path MEDIA = Path.of("test-fixtures/media");
  static final Path[] THREE = {
    MEDIA.resolve("keyframe-1.jpg"),
    MEDIA.resolve("keyframe-2.jpg"),
    MEDIA.resolve("keyframe-3.jpg")
  };

  /** A job of 8 steps is short, one of 100 can be seen, cancelled and left. */
  private static final Duration STEP = Duration.ofMillis(30);

  private final Path folder;
  private final Rehearsal engine;
  private final LocalServer server;
  private final Browser browser;

  private Playground(Path folder, Path chromium) throws Exception {
    this.folder = folder;
    InjectedFaults slow = InjectedFaults.of(new InjectedFault.SlowSteps(STEP));
    engine = LtxRehearsal.start(folder.resolve("engine"), slow, Clock.SYSTEM, 0);
    server = serve("open", Optional.empty());
    browser = Browser.start(chromium, Files.createDirectory(folder.resolve("profile")));
  }

  /** Without a browser the tests are skipped, which in a CI is a failure. */
  static Playground start(Path folder) throws Exception {
    Optional<Path> chromium = Browser.installed();
    if (chromium.isEmpty()) {
      System.err.println("The playground is NOT tested: there is no chromium in PATH");
      assertThat(System.getenv("CI")).as("a CI without chromium").isNull();
    }
    assumeTrue(chromium.isPresent(), "no chromium");
    return new Playground(folder, chromium.orElseThrow());
  }

  /** One more server on the same engine. */
  LocalServer serve(String name, Optional<String> key) throws Exception {
    return serve(name, key, Map.of());
  }

  /** The same with more settings. */
  LocalServer serve(String name, Optional<String> key, Map<String, String> more) throws Exception {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("COMFYUI_URL", engine.url().toString());
    settings.put("WARM_UP", "false");
    settings.put("OUTPUT_DIR", folder.resolve(name).toString());
    return LocalServer.start(
        Settings.from(settings),
        new LocalApiSettings("127.0.0.1", 0, key, Set.of(), Set.of()),
        jobs -> jobs);
  }

  URI url() {
    return server.url();
  }

  Browser browser() {
    return browser;
  }

  /** Fills the form with a small quick video, 256x160 and one second, and awaits its plan. */
  Tab fill(Tab tab, String mode, Path... images) {
    tab.open(url()).click("[name=mode][value=\"" + mode + "\"] ~ b");
    tab.upload("#images", images);
    if (mode.equals("1") || mode.equals("3a")) {
      tab.upload("#audio", MEDIA.resolve("tone-cbr.mp3"));
    } else {
      tab.fill("f-duration", "1");
    }
    tab.fill("f-fps", "10").fill("f-width", "256").fill("f-height", "160");
    return tab.until("document.querySelector('#summary').textContent.startsWith('256 × 160')");
  }

  @Override
  public void close() {
    browser.close();
    server.close();
    engine.close();
  }
}
