package dev.ltx2.worker.chaos;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Everything that happened, as platform, store and operator saw it; times are in nanoseconds. */
final class ChaosLedger {
  /** What a kill can be timed by. */
  enum Kind {
    TAKEN,
    STORED,
    ACCEPTED,
    REFUSED
  }

  /** Something happened that concerns a worker. */
  record Event(Kind kind, String worker) {}

  /** A job left the platform with a worker's take. */
  record Handing(String job, String worker, long at, Instant wall) {}

  /**
   * A final answer that the platform took.
   *
   * @param acknowledged whether the worker could hear of it
   */
  record Final(String job, String worker, String text, boolean acknowledged, long at) {}

  /** A worker's death. */
  record Death(String worker, boolean killed, long at) {}

  private final Map<String, List<Handing>> handings = new HashMap<>();
  private final Map<String, List<Final>> finals = new HashMap<>();
  private final Map<String, Long> stored = new LinkedHashMap<>();
  private final Map<String, Death> deaths = new LinkedHashMap<>();
  private final List<Long> cuts = new ArrayList<>();
  private final List<String> dropped = new ArrayList<>();
  private final List<String> story = new ArrayList<>();
  private final Map<String, Integer> counts = new LinkedHashMap<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final long start = System.nanoTime();

  synchronized void handed(String job, String worker, Instant wall) {
    handings
        .computeIfAbsent(job, _ -> new ArrayList<>())
        .add(new Handing(job, worker, now(), wall));
    events.add(new Event(Kind.TAKEN, worker));
  }

  synchronized void answered(String job, String worker, String text, boolean acknowledged) {
    finals
        .computeIfAbsent(job, _ -> new ArrayList<>())
        .add(new Final(job, worker, text, acknowledged, now()));
    events.add(new Event(Kind.ACCEPTED, worker));
  }

  /** A living worker named the job in its pings, and names it no more without an answer. */
  synchronized void dropped(String job, String worker) {
    dropped.add(worker + " let go of " + job + " without an answer");
  }

  /** A final answer was not taken. */
  synchronized void refused(String worker) {
    events.add(new Event(Kind.REFUSED, worker));
    count("answers refused or cut off");
  }

  synchronized void stored(String object) {
    stored.put(object, now());
    holder(jobOf(object), now()).ifPresent(h -> events.add(new Event(Kind.STORED, h.worker())));
  }

  synchronized void died(String worker, boolean killed) {
    deaths.put(worker, new Death(worker, killed, now()));
  }

  /** Counts something for the table. */
  synchronized void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  /** Notes something that a reader of the report may want to know. */
  synchronized void tell(String line) {
    story.add("%7.2f s  %s".formatted((now() - start) / 1e9, line));
  }

  /** All connections of the platform are cut. */
  synchronized void cut() {
    cuts.add(now());
  }

  /** Whether the platform's acknowledgement may have been lost. */
  synchronized boolean unheard(Final answer) {
    return !answer.acknowledged()
        || death(answer.worker()).map(Death::killed).orElse(false)
        || cuts.stream().anyMatch(at -> at > answer.at() && at - answer.at() < 2_000_000_000L);
  }

  /** Who had the job at that time: the last it was handed to before. */
  synchronized Optional<Handing> holder(String job, long at) {
    return handings(job).stream().filter(h -> h.at() <= at).reduce((_, last) -> last);
  }

  /** Who made a video: its name tells the second. */
  synchronized Optional<Handing> maker(String job, Instant second) {
    return handings(job).stream()
        .filter(h -> !h.wall().isAfter(second.plusSeconds(1)))
        .reduce((_, last) -> last);
  }

  synchronized List<Handing> handings(String job) {
    return List.copyOf(handings.getOrDefault(job, List.of()));
  }

  synchronized List<Final> finals(String job) {
    return List.copyOf(finals.getOrDefault(job, List.of()));
  }

  synchronized long answeredJobs() {
    return finals.size();
  }

  synchronized List<String> dropped() {
    return List.copyOf(dropped);
  }

  /** Objects with the time at which they were whole. */
  synchronized Map<String, Long> stored() {
    return new LinkedHashMap<>(stored);
  }

  synchronized Optional<Death> death(String worker) {
    return Optional.ofNullable(deaths.get(worker));
  }

  synchronized Map<String, Integer> counts() {
    return new LinkedHashMap<>(counts);
  }

  synchronized List<String> story() {
    return List.copyOf(story);
  }

  BlockingQueue<Event> events() {
    return events;
  }

  /** {@code prefix/job/ltx2_videos/file}. */
  static String jobOf(String object) {
    return object.split("/", -1)[1];
  }

  static String fileOf(String object) {
    return object.substring(object.lastIndexOf('/') + 1);
  }

  private static long now() {
    return System.nanoTime();
  }
}
