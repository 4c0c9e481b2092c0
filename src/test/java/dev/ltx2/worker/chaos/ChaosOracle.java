package dev.ltx2.worker.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.chaos.ChaosJobs.Kind;
import dev.ltx2.worker.chaos.ChaosLedger.Death;
import dev.ltx2.worker.chaos.ChaosLedger.Final;
import dev.ltx2.worker.chaos.ChaosLedger.Handing;
import dev.ltx2.worker.fakes.FakeGcs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges a run by its outcome: each job has one final answer, or was handed out again after its
 * worker's death; each video in the store or the keep folder is named by an answer; each video that
 * an answer names is there; nothing waits any more.
 */
final class ChaosOracle {
  /** The table, and what must not be. */
  record Verdict(Map<String, Integer> counts, List<String> violations) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A video's name holds its second, and no job is run twice within one. */
  private static final Pattern VIDEO =
      Pattern.compile("\\d{8}_\\d{6}_ltx2_\\w+_\\d{5}-audio\\.mp4");

  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

  private static final Set<String> ALLOWED = Set.of("STORAGE_FAILED", "DISK_FULL");

  private final ChaosLedger ledger;
  private final ChaosJobs jobs;
  private final Map<String, FakeGcs.Item> objects;
  private final Path keep;
  private final boolean diskFailed;
  private final List<String> violations = new ArrayList<>();

  ChaosOracle(
      ChaosLedger ledger,
      ChaosJobs jobs,
      Map<String, FakeGcs.Item> objects,
      Path keep,
      boolean diskFailed) {
    this.ledger = ledger;
    this.jobs = jobs;
    this.objects = objects;
    this.keep = keep;
    this.diskFailed = diskFailed;
  }

  /** A video or an answer that waits in the keep folder. */
  static boolean isKept(Path path) {
    String name = path.getFileName().toString();
    boolean answer = name.endsWith(".json") || name.endsWith(".promise");
    return (answer && path.getParent().endsWith("answers")) || name.endsWith(".mp4");
  }

  Verdict judge(boolean cleanEnd) throws IOException {
    if (!cleanEnd) {
      violations.add("a worker did not leave with 0 after SIGTERM");
    }
    violations.addAll(ledger.dropped());
    for (int job = 0; job < jobs.count(); job++) {
      job(ChaosJobs.id(job), jobs.kind(job));
    }
    objects.keySet().forEach(this::object);
    try (Stream<Path> files = Files.walk(keep)) {
      for (Path path : files.filter(ChaosOracle::isKept).toList()) {
        kept(path);
      }
    }
    return new Verdict(counts(), violations);
  }

  private void job(String job, Kind kind) {
    List<Final> finals = ledger.finals(job);
    if (finals.isEmpty()) {
      violations.add(job + " has no final answer; handed to " + ledger.handings(job));
      return;
    }
    long different = finals.stream().map(Final::text).distinct().count();
    int handings = ledger.handings(job).size();
    if (different > handings) {
      violations.add(
          "%s has %d different answers, and was handed out %d times"
              .formatted(job, different, handings));
    }
    if (different > 1) {
      ledger.count("jobs run twice, answered twice");
    }
    if (finals.size() > different) {
      repeated(job, finals);
    }
    for (Final answer : finals) {
      answer(answer, kind);
    }
  }

  /** An answer may come again only when its worker could not know that it was taken. */
  private void repeated(String job, List<Final> finals) {
    ledger.count("answers posted again, the same");
    if (finals.stream().noneMatch(ledger::unheard) && ledger.handings(job).size() == 1) {
      violations.add(job + " was answered twice, although its worker heard of the first");
    }
  }

  private void answer(Final answer, Kind kind) {
    JsonNode body;
    try {
      body = JSON.readTree(answer.text());
    } catch (JsonProcessingException e) {
      violations.add(answer.job() + " has an answer that is no JSON");
      return;
    }
    String error = body.path("error").asText();
    if (error.isEmpty()) {
      ledger.count("answers: completed");
      completed(answer.job(), body.path("output").path("output"), kind);
    } else {
      String code = body.path("output").path("code").asText();
      ledger.count("answers: failed, " + code);
      failed(answer.job(), code, error, kind);
    }
  }

  private void completed(String job, JsonNode output, Kind kind) {
    if (kind == Kind.WRONG) {
      violations.add(job + " is wrong and was completed");
    }
    long size = output.path("video_size_bytes").asLong();
    JsonNode inline = output.path("video_base64");
    if (inline.isTextual()) {
      ledger.count("videos inside answers");
      if (Base64.getDecoder().decode(inline.asText()).length != size) {
        violations.add(job + " has a torn video in its answer");
      }
      return;
    }
    String address = output.path("gcs_url").asText().replaceFirst("^gs://[^/]+/", "");
    FakeGcs.Item item = objects.get(address);
    if (item == null || item.size() != size) {
      violations.add(
          "%s is completed with %s, which is not there".formatted(job, output.path("video_url")));
    }
  }

  private void failed(String job, String code, String error, Kind kind) {
    boolean expected = kind == Kind.WRONG ? code.equals("INVALID_INPUT") : ALLOWED.contains(code);
    // A full disk may well come before the look at the request
    if (!expected && !(diskFailed && code.equals("DISK_FULL"))) {
      violations.add("%s failed with %s: %s".formatted(job, code, error));
    }
    if (!code.equals("STORAGE_FAILED")) {
      return;
    }
    Matcher named = VIDEO.matcher(error);
    if (named.find()) {
      if (!exists(job, named.group())) {
        violations.add("%s names a video that is nowhere: %s".formatted(job, error));
      }
    } else {
      ledger.count("videos that no disk had room for");
      if (!diskFailed) {
        violations.add("%s lost its video: %s".formatted(job, error));
      }
    }
  }

  private boolean exists(String job, String file) {
    return objects.keySet().stream().anyMatch(name -> name.endsWith("/" + file))
        || Files.exists(keep.resolve(job).resolve(file));
  }

  private boolean named(String job, String file) {
    return ledger.finals(job).stream().anyMatch(answer -> answer.text().contains(file));
  }

  private void object(String object) {
    String job = ChaosLedger.jobOf(object);
    if (named(job, ChaosLedger.fileOf(object))) {
      return;
    }
    long at = ledger.stored().get(object);
    Instant made = Instant.from(SECOND.parse(ChaosLedger.fileOf(object).substring(0, 15)));
    Optional<Handing> maker = ledger.maker(job, made);
    Optional<Death> death = maker.flatMap(h -> ledger.death(h.worker()));
    violations.add(
        "%s is in the store, and no answer names it; its worker %s"
            .formatted(
                object,
                death
                    .filter(Death::killed)
                    .map(d -> "was killed %.3f s later".formatted((d.at() - at) / 1e9))
                    .orElse("lived on")));
  }

  private void kept(Path path) {
    String file = path.getFileName().toString();
    boolean video = file.endsWith(".mp4");
    violations.add("%s still waits: %s".formatted(video ? "a video" : "an answer", path));
    String job = path.getParent().getFileName().toString();
    if (video && !named(job, file)) {
      violations.add("no answer names the kept video " + path);
    }
  }

  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>(ledger.counts());
    counts.put("jobs", jobs.count());
    counts.put("jobs answered", (int) ledger.answeredJobs());
    counts.put("videos in the store", objects.size());
    long big = objects.values().stream().filter(item -> item.size() > 7_500_000).count();
    counts.put("videos in the store that no answer could hold", (int) big);
    Set<String> again =
        Stream.iterate(0, i -> i < jobs.count(), i -> i + 1)
            .map(ChaosJobs::id)
            .filter(job -> ledger.handings(job).size() > 1)
            .collect(Collectors.toSet());
    counts.put("jobs handed out more than once", again.size());
    return counts;
  }
}
