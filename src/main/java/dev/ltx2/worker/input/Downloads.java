package dev.ltx2.worker.input;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.request.AcceptedSources;
import dev.ltx2.worker.request.GenerationRequest;
import dev.ltx2.worker.request.Source;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Fetches a job's inputs in parallel: http(s), {@code data:} and, in the CLI, file paths. */
public final class Downloads {
  /** How long the other inputs may still come to their own end once one has failed. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final InputFetcher fetcher;
  private final AcceptedSources accepted;
  private final Clock time;

  /** Downloads through the machine's own resolver. */
  public Downloads(Options options, Clock time) {
    this(options, AddressGuard.of(options.allowPrivate()), time);
  }

  Downloads(Options options, AddressGuard guard, Clock time) {
    this.fetcher = new InputFetcher(options, new HttpFetch(options.limits(), guard, time));
    this.accepted =
        options.files().isPresent() ? AcceptedSources.REMOTE_AND_FILES : AcceptedSources.REMOTE;
    this.time = time;
  }

  /** What requests may name that are fetched here. */
  public AcceptedSources accepted() {
    return accepted;
  }

  /**
   * Fetches everything the request names into {@code dir}: {@code image.<ext>} or {@code
   * keyframe-1.<ext>} and on, {@code audio.<ext>}. An image named twice is fetched once, and its
   * path stands twice in the answer. On failure and on interrupt nothing is left in {@code dir}.
   *
   * @throws DownloadException naming each input that failed, in the request's order
   * @throws InterruptedException within a second of the interrupt, with all transfers stopped
   */
  public Inputs fetch(GenerationRequest request, Path dir)
      throws DownloadException, InterruptedException {
    Map<Source, InputSpec> images = images(request);
    List<InputSpec> items = new ArrayList<>(images.values());
    request.audio().map(Downloads::audio).ifPresent(items::add);
    Map<InputSpec, Path> files = fetch(items, dir);
    return new Inputs(
        request.images().stream().map(source -> files.get(images.get(source))).toList(),
        request.audio().map(_ -> files.get(items.getLast())));
  }

  private static Map<Source, InputSpec> images(GenerationRequest request) {
    TargetSize size = new TargetSize(request.width(), request.height());
    Map<Source, InputSpec> images = new LinkedHashMap<>();
    for (int i = 0; i < request.images().size(); i++) {
      boolean keyframe = request.mode().multiframe();
      String label = keyframe ? "keyframe " + (i + 1) : "image";
      images.putIfAbsent(
          request.images().get(i),
          new InputSpec(
              label, label.replace(' ', '-'), Optional.of(size), request.images().get(i)));
    }
    return images;
  }

  /**
   * Fetches the images that need no network, for planning: files of this machine, also those that
   * it serves itself, and {@code data:} URIs.
   *
   * @return one per image of the request, in its order; empty where it is on a server
   */
  public List<Optional<Path>> fetchLocalImages(GenerationRequest request, Path dir)
      throws DownloadException, InterruptedException {
    Map<Source, InputSpec> images = images(request);
    images.keySet().removeIf(source -> source instanceof Source.Http && !fetcher.isOwn(source));
    Map<InputSpec, Path> files = fetch(List.copyOf(images.values()), dir);
    return request.images().stream()
        .map(source -> Optional.ofNullable(images.get(source)).map(files::get))
        .toList();
  }

  /** Fetches the audio alone, for planning; empty where the request has none. */
  public Optional<Path> fetchAudio(GenerationRequest request, Path dir)
      throws DownloadException, InterruptedException {
    if (request.audio().isEmpty()) {
      return Optional.empty();
    }
    List<InputSpec> audio = List.of(audio(request.audio().get()));
    return fetch(audio, dir).values().stream().findFirst();
  }

  private static InputSpec audio(Source source) {
    return new InputSpec("audio", "audio", Optional.empty(), source);
  }

  private Map<InputSpec, Path> fetch(List<InputSpec> items, Path dir)
      throws DownloadException, InterruptedException {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    Map<InputSpec, Path> files = new LinkedHashMap<>();
    try {
      BlockingQueue<Future<Path>> done = new LinkedBlockingQueue<>();
      var running = new ExecutorCompletionService<Path>(threads, done);
      Map<InputSpec, Future<Path>> futures = new LinkedHashMap<>();
      for (InputSpec item : items) {
        futures.put(item, running.submit(task(item, dir)));
      }
      await(items.size(), done);
      files.putAll(outcome(futures));
      return files;
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      if (files.isEmpty()) {
        items.forEach(item -> InputFetcher.clear(item, dir));
      }
    }
  }

  private Callable<Path> task(InputSpec item, Path dir) {
    return () -> fetcher.fetch(item, dir);
  }

  /** Until all are done, or one has failed and the others had their time to fail as well. */
  private void await(int count, BlockingQueue<Future<Path>> done) throws InterruptedException {
    boolean failed = false;
    for (int i = 0; i < count; i++) {
      Future<Path> next = failed ? time.poll(done, GRACE) : done.take();
      if (next == null) {
        return;
      }
      failed |= next.state() != Future.State.SUCCESS;
    }
  }

  private static Map<InputSpec, Path> outcome(Map<InputSpec, Future<Path>> futures)
      throws DownloadException, InterruptedException {
    Map<InputSpec, Path> files = new LinkedHashMap<>();
    List<String> failures = new ArrayList<>();
    boolean retryable = true;
    for (Map.Entry<InputSpec, Future<Path>> entry : futures.entrySet()) {
      Future<Path> future = entry.getValue();
      if (future.state() == Future.State.SUCCESS) {
        files.put(entry.getKey(), future.resultNow());
      } else if (future.state() == Future.State.FAILED) {
        FetchException fault = fault(future);
        failures.add("Failed to download " + entry.getKey().label() + ": " + fault.getMessage());
        retryable &= fault.isRetryable();
      }
    }
    if (!failures.isEmpty()) {
      throw new DownloadException(String.join("; ", failures), retryable);
    }
    return files;
  }

  private static FetchException fault(Future<Path> future) throws InterruptedException {
    try {
      future.get();
      throw new IllegalStateException("not failed");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FetchException fault) {
        return fault;
      }
      if (e.getCause() instanceof Error error) {
        // Out of memory, for one: the worker is at its end, and must not be told it is the input.
        throw error;
      }
      // A full disk, a defect: the worker's own fault, and no property of the input.
      throw new IllegalStateException("cannot store an input", e.getCause());
    }
  }

  /**
   * What may be fetched.
   *
   * @param allowPrivate whether addresses that are not public may be asked; for local work
   * @param files the folder that relative paths start from; empty where paths are not accepted
   * @param own the file behind an address that this very worker serves, read without asking
   *     anybody; a path where nothing is for one that it would serve and has not
   */
  public record Options(
      InputLimits limits,
      boolean allowPrivate,
      Optional<Path> files,
      Function<String, Optional<Path>> own) {
    /** The limits of the API; public addresses only, no paths. */
    public static final Options DEFAULTS =
        new Options(
            new InputLimits(
                50L << 20, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(120)),
            false,
            Optional.empty());

    Options(InputLimits limits, boolean allowPrivate, Optional<Path> files) {
      this(limits, allowPrivate, files, _ -> Optional.empty());
    }

    /** {@code MAX_INPUT_BYTES}. */
    public Options withMaxBytes(long bytes) {
      return new Options(limits.withMaxBytes(bytes), allowPrivate, files, own);
    }

    /** {@code ALLOW_PRIVATE_INPUTS}. */
    public Options withAllowPrivate(boolean allow) {
      return new Options(limits, allow, files, own);
    }

    /** Accepts paths too, relative ones from {@code folder}; for the CLI. */
    public Options withFiles(Path folder) {
      return new Options(limits, allowPrivate, Optional.of(folder), own);
    }

    /** Reads what is served here from disk; for the local API. */
    public Options withOwn(Function<String, Optional<Path>> served) {
      return new Options(limits, allowPrivate, files, served);
    }
  }
}
