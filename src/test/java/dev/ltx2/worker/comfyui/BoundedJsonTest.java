package dev.ltx2.worker.comfyui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedJsonTest {
  private static final long TOKENS = 1000;

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  /** Such a text with 200 MB of empty objects in place of the dots. */
  private static InputStream large(String text) {
    List<String> ends = List.of(text.split("\\.\\.\\.", 2));
    byte[] megabyte = "{},".repeat((1 << 20) / 3).getBytes(UTF_8);
    Stream<InputStream> parts =
        Stream.of(
                Stream.of(text(ends.get(0))),
                Collections.nCopies(200, megabyte).stream().map(ByteArrayInputStream::new),
                Stream.of(text("{}" + ends.get(1))))
            .flatMap(part -> part);
    return new SequenceInputStream(Collections.enumeration(parts.toList()));
  }

  private interface Reading {
    Object read() throws Exception;
  }

  private static Object within64Megabytes(Reading reading) throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Object read = reading.read();
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 20);
    return read;
  }

  @Test
  void anEntryIsFoundBesideAnyOther() throws Exception {
    String json =
        """
        {"x": {"status": {"status_str": "error"}, "outputs": {}},
         "y": [1, {"a": {}}], "z": 3,
         "a": {"prompt": [1, {"status": 7}], "outputs": {"save": {"images": []}}, "meta": {},
               "status": {"status_str": "success", "messages": [["x", {}]]}}}
        """;
    assertThat(BoundedJson.entry(text(json), "a", TOKENS).orElseThrow())
        .isEqualTo(
            ComfyUiHttp.JSON.readTree(
                """
                {"outputs": {"save": {"images": []}},
                 "status": {"status_str": "success", "messages": [["x", {}]]}}
                """));
    assertThat(BoundedJson.entry(text(json), "b", TOKENS)).isEmpty();
    assertThat(BoundedJson.entry(text(json), "y", TOKENS)).isEmpty();
    assertThat(BoundedJson.entry(text("{}"), "a", TOKENS)).isEmpty();
  }

  @Test
  void aQueueIsSearchedItemByItem() throws Exception {
    String json =
        """
        {"more": [[1, "c"]],
         "queue_running": [[0, "a", {"g": [1, "d"]}, {}, ["save"]]],
         "queue_pending": [7, "e", [], [1], ["f"], [1, ["g"]], {"h": 1}, [2, "b", {}]]}
        """;
    for (String id : List.of("a", "b")) {
      assertThat(BoundedJson.queued(text(json), id, TOKENS)).isTrue();
    }
    for (String id : List.of("c", "d", "e", "f", "g", "h")) {
      assertThat(BoundedJson.queued(text(json), id, TOKENS)).isFalse();
    }
    assertThat(BoundedJson.queued(text("{\"queue_running\": 1}"), "a", TOKENS)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "null",
        "7",
        "\"a\"",
        "{",
        "{\"a\"",
        "{\"a\": {\"status\": [",
        "{\"queue_running\": [[1",
        "<html>",
        "{\"queue_running\": [[1, \"a\" {}]]}",
        "{\"a\": {}}}"
      })
  void whatIsNoObjectEndsAsSuch(String json) {
    assertThatThrownBy(
            () -> {
              BoundedJson.entry(text(json), "a", TOKENS);
              BoundedJson.queued(text(json), "b", TOKENS);
              BoundedJson.tree(text(json), TOKENS);
              throw new StrayText();
            })
        .isInstanceOfAny(JsonProcessingException.class, StrayText.class);
  }

  /** Nothing looks at what follows the object. */
  private static final class StrayText extends Exception {}

  @Test
  void whatIsNotNeededTakesNoMemory() throws Exception {
    String entry = "{\"a\": {\"prompt\": [...], \"outputs\": {}}}";
    assertThat(within64Megabytes(() -> BoundedJson.entry(large(entry), "a", TOKENS)))
        .hasToString("Optional[{\"outputs\":{}}]");
    String queue = "{\"queue_pending\": [[1, \"b\", [...]], [2, \"a\"]]}";
    assertThat(within64Megabytes(() -> BoundedJson.queued(large(queue), "a", TOKENS)))
        .isEqualTo(true);
  }

  @Test
  void whatIsNeededIsBounded() throws Exception {
    String entry = "{\"a\": {\"outputs\": [...]}}";
    within64Megabytes(() -> {
      assertThatThrownBy(() -> BoundedJson.entry(large(entry), "a", TOKENS))
          .isInstanceOf(JsonProcessingException.class);
      assertThatThrownBy(() -> BoundedJson.tree(large(entry), TOKENS))
          .isInstanceOf(JsonProcessingException.class);
      return "refused";
    });
  }
}
