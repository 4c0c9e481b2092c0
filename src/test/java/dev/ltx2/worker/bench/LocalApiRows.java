package dev.ltx2.worker.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ltx2.worker.cli.LocalProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The local API under the most polls that the platform allows, and what its jobs lose by them. */
final class LocalApiRows {
  private static final int QUEUE = 100;
  private static final int POLLS_A_SECOND = 200;
  private static final int SECONDS = 8;

  private LocalApiRows() {}

  static List<Row> rows(Path work) throws Exception {
    try (LocalProcess server = LocalProcess.start(work.resolve("local-api"))) {
      String image = server.send(Path.of("test-fixtures/media/keyframe-1.jpg"));
      for (int i = 0; i < 4; i++) { // these warm the process up
        own(server, submit(server, image, i));
      }
      List<Double> unpolled = new ArrayList<>();
      List<String> before = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        before.add(submit(server, image, 10 + i));
      }
      for (String id : before) {
        unpolled.add(own(server, id));
      }
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < QUEUE; i++) {
        ids.add(submit(server, image, 100 + i));
      }
      List<Double> polls = poll(server, ids);
      List<Double> polled = new ArrayList<>();
      for (String id : ids) {
        if (server.status(id).path("status").asText().equals("COMPLETED")) {
          polled.add(own(server, id));
        }
      }
      double median = new Row("", "ms", unpolled, "").median();
      return List.of(
          new Row(
              "local API: status at 200/s, queue of 100: p99",
              "ms",
              List.of(polls.get((int) Math.ceil(polls.size() * 0.99) - 1)),
              "<= 50"),
          new Row("local API: status at 200/s, queue of 100", "ms", polls, ""),
          new Row("local API: own time of a queued job", "ms", unpolled, ""),
          new Row(
              "local API: the same among polls, as a multiple",
              "x",
              polled.stream().map(time -> time / median).toList(),
              "<= 1.5"));
    }
  }

  private static String submit(LocalProcess server, String image, int seed)
      throws IOException, InterruptedException {
    return server
        .post(
            "/run",
            ("{\"input\":{\"image_url\":\"%s\",\"duration\":2,\"width\":256,\"height\":256,"
                    + "\"fps\":24,\"seed\":%d}}")
                .formatted(image, seed))
        .path("id")
        .asText();
  }

  /** Milliseconds of the worker itself: without the wait for the GPU, and without its work. */
  private static double own(LocalProcess server, String id)
      throws IOException, InterruptedException {
    while (true) {
      JsonNode status = server.status(id);
      if (status.path("status").asText().equals("COMPLETED")) {
        JsonNode timings = status.at("/output/output/details/timings");
        return 1000
            * (timings.path("total").asDouble()
                - timings.path("queue").asDouble()
                - timings.path("generate").asDouble());
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** Each poll begins at its own time, however long the one before it takes; sorted. */
  private static List<Double> poll(LocalProcess server, List<String> ids) throws Exception {
    List<Future<Double>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long start = System.nanoTime();
      for (int i = 0; i < SECONDS * POLLS_A_SECOND; i++) {
        long due = start + i * 1_000_000_000L / POLLS_A_SECOND;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        String id = ids.get(i % ids.size());
        answers.add(
            threads.submit(() -> {
              if (server.get("/status/" + id).statusCode() != 200) {
                throw new IOException("refused");
              }
              return (System.nanoTime() - due) / 1e6;
            }));
      }
    }
    List<Double> milliseconds = new ArrayList<>();
    for (Future<Double> answer : answers) {
      milliseconds.add(answer.get());
    }
    Collections.sort(milliseconds);
    return milliseconds;
  }
}
