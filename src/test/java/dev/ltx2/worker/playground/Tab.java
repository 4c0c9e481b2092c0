package dev.ltx2.worker.playground;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** One page in the browser, used as a person does: by its elements, mouse and keys. */
final class Tab {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, Integer> KEYS =
      Map.of("ArrowRight", 39, "ArrowLeft", 37, "Home", 36, "End", 35, "Enter", 13);

  private final Browser browser;
  private final String session;

  /** What went wrong in the page: exceptions, and what its policy forbade. */
  private final List<String> faults = new CopyOnWriteArrayList<>();

  Tab(Browser browser, String session) {
    this.browser = browser;
    this.session = session;
    browser.listen(session, this::event);
    for (String domain : List.of("Page", "Runtime", "Log")) {
      call(domain + ".enable");
    }
    // A tab behind another one would neither load videos nor keep its clocks.
    call("Emulation.setFocusEmulationEnabled", "enabled", true);
    show(1280, 800, "light");
  }

  private void event(JsonNode message) {
    JsonNode params = message.path("params");
    switch (message.path("method").asText()) {
      case "Runtime.exceptionThrown" -> faults.add(params.path("exceptionDetails").toString());
      case "Log.entryAdded" -> {
        // A refusal of the API is no fault of the page.
        if (!params.at("/entry/source").asText().equals("network")) {
          faults.add(params.path("entry").toString());
        }
      }
      default -> {}
    }
  }

  private JsonNode call(String method, Object... parameters) {
    return browser.call(session, method, parameters);
  }

  /** A window of this size; below 500 pixels it is a phone. */
  Tab show(int width, int height, String scheme) {
    boolean phone = width < 500;
    Object[] size = {
      "width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone
    };
    call("Emulation.setDeviceMetricsOverride", size);
    List<Map<String, String>> features =
        List.of(
            Map.of("name", "prefers-color-scheme", "value", scheme),
            Map.of("name", "prefers-reduced-motion", "value", "reduce"));
    call("Emulation.setEmulatedMedia", "features", features);
    return this;
  }

  Tab go(URI address) {
    call("Page.navigate", "url", address.toString());
    return this;
  }

  /** Opens the playground and waits until it can be used. */
  Tab open(URI address) {
    return go(address).until("document.body?.classList.contains('ready')");
  }

  void reload() {
    eval("document.body.classList.remove('ready')");
    call("Page.reload");
    until("document.body?.classList.contains('ready')");
  }

  /** The value of an expression; a promise's is awaited. */
  JsonNode eval(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            "expression",
            expression,
            "awaitPromise",
            true,
            "userGesture",
            true,
            "returnByValue",
            true);
    assertThat(answer.has("exceptionDetails")).as("%s: %s", expression, answer).isFalse();
    return answer.at("/result/value");
  }

  String text(String selector) {
    return eval(element(selector) + ".textContent").asText().strip();
  }

  String attribute(String selector, String name) {
    return eval(element(selector) + ".getAttribute('" + name + "')").asText();
  }

  private static String element(String selector) {
    return "document.querySelector('" + selector.replace("'", "\\'") + "')";
  }

  Tab until(String condition) {
    Awaitility.await(condition)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(25))
        .ignoreExceptions()
        .until(() -> eval("Boolean(" + condition + ")").asBoolean());
    return this;
  }

  Tab upload(String selector, Path... files) {
    JsonNode node = call("Runtime.evaluate", "expression", element(selector));
    List<String> paths =
        Arrays.stream(files).map(file -> file.toAbsolutePath().toString()).toList();
    call("DOM.setFileInputFiles", "objectId", node.at("/result/objectId").asText(), "files", paths);
    return this;
  }

  /** Writes into a field as typing does. */
  Tab fill(String id, String value) {
    eval("document.getElementById('" + id + "').closest('details')?.setAttribute('open', '')");
    eval("(e => { e.focus(); e.select(); })(document.getElementById('" + id + "'))");
    call("Input.insertText", "text", value);
    return this;
  }

  Tab click(String selector) {
    JsonNode at = middle(selector);
    mouse("mousePressed", at.path("x").asDouble(), at.path("y").asDouble());
    mouse("mouseReleased", at.path("x").asDouble(), at.path("y").asDouble());
    return this;
  }

  /** Takes an element by its middle and moves it to the right by so many pixels. */
  void drag(String selector, double pixels) {
    JsonNode at = middle(selector);
    double x = at.path("x").asDouble();
    double y = at.path("y").asDouble();
    mouse("mousePressed", x, y);
    mouse("mouseMoved", x + pixels / 2, y);
    mouse("mouseMoved", x + pixels, y);
    mouse("mouseReleased", x + pixels, y);
  }

  private JsonNode middle(String selector) {
    return eval(
        "(e => { e.scrollIntoView({ block: 'center', behavior: 'instant' });"
            + " const box = e.getBoundingClientRect();"
            + " return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })("
            + element(selector)
            + ")");
  }

  private void mouse(String type, double x, double y) {
    Object[] event = {
      "type", type, "x", x, "y", y, "button", "left", "buttons", 1, "clickCount", 1
    };
    call("Input.dispatchMouseEvent", event);
  }

  Tab press(String key) {
    for (String type : List.of("keyDown", "keyUp")) {
      Object[] event = {
        "type",
        type,
        "key",
        key,
        "code",
        key,
        "windowsVirtualKeyCode",
        KEYS.get(key),
        "text",
        key.equals("Enter") ? "\r" : ""
      };
      call("Input.dispatchKeyEvent", event);
    }
    return this;
  }

  /** What axe-core finds wrong with the page as it is now, by rule. */
  List<String> axe() throws IOException {
    try (var script = Tab.class.getResourceAsStream("/axe.min.js")) {
      eval(new String(script.readAllBytes(), StandardCharsets.UTF_8) + ";0");
    }
    JsonNode found =
        eval(
            "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map("
                + "v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary)))");
    return found.valueStream().map(JsonNode::asText).toList();
  }

  /** What went wrong in the page so far. */
  List<String> faults() {
    return faults;
  }

  /** Keeps what the window shows. */
  void shoot(Path file) throws IOException {
    JsonNode shot = call("Page.captureScreenshot", "format", "png");
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(shot.path("data").asText()));
  }

  void close() {
    call("Page.close");
  }
}
