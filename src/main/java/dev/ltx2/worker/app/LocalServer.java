package dev.ltx2.worker.app;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.Settings.Engine;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.IoErrors;
import dev.ltx2.worker.input.Downloads;
import dev.ltx2.worker.job.JobPlanner;
import dev.ltx2.worker.job.JobRunner;
import dev.ltx2.worker.localapi.LocalApi;
import dev.ltx2.worker.localapi.LocalApiSettings;
import dev.ltx2.worker.localapi.files.FileFolder;
import dev.ltx2.worker.localapi.files.SentFiles;
import dev.ltx2.worker.localapi.files.Tidying;
import dev.ltx2.worker.localapi.queue.LocalQueue;
import dev.ltx2.worker.localapi.queue.QueueLimits;
import dev.ltx2.worker.metrics.WorkerMetrics;
import dev.ltx2.worker.modelset.ModelSet;
import dev.ltx2.worker.net.AddressGuard;
import dev.ltx2.worker.net.GuardedPost;
import dev.ltx2.worker.pipeline.RequestPlanner;
import dev.ltx2.worker.pipeline.Workflows;
import dev.ltx2.worker.report.PlanTimeline;
import dev.ltx2.worker.request.Mode;
import dev.ltx2.worker.request.RequestSchema;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The local API with all it needs: files, queue, engine, server. Closing it ends all of them. */
public final class LocalServer implements AutoCloseable {
  private final Closer closer;
  private final Wiring wiring;
  private final LocalApi api;
  private final LocalQueue queue;
  private final Duration drainTimeout;

  private LocalServer(
      Closer closer, Wiring wiring, LocalApi api, LocalQueue queue, Duration drainTimeout) {
    this.closer = closer;
    this.wiring = wiring;
    this.api = api;
    this.queue = queue;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts it. Its folder, {@code local-api} in {@code OUTPUT_DIR}, belongs to one server at a
   * time.
   *
   * @param address where it listens, as the settings have it or the command line
   * @param around what runs jobs in front of the usual runner
   */
  public static LocalServer start(
      Settings settings, LocalApiSettings address, UnaryOperator<JobRunner> around)
      throws CommandFailure {
    Closer closer = new Closer();
    try {
      return open(settings, address, around, closer);
    } catch (IOException e) {
      closer.close();
      throw new CommandFailure("The local API cannot be started: " + IoErrors.of(e), e);
    } catch (CommandFailure | RuntimeException e) {
      closer.close();
      throw e;
    }
  }

  private static LocalServer open(
      Settings settings, LocalApiSettings address, UnaryOperator<JobRunner> around, Closer closer)
      throws CommandFailure, IOException {
    Path folder = settings.storage().outputDir().resolve("local-api").toAbsolutePath().normalize();
    closer.register(lock(Files.createDirectories(folder)));
    FileFolder files = new FileFolder(folder, Clock.SYSTEM);
    closer.register(Tidying.start(files, Clock.SYSTEM));
    OwnFiles own = new OwnFiles(files, settings.allowPrivateInputs());
    LocalVideos videos = new LocalVideos(files);
    Metering metering = Metering.on();
    Wiring wiring =
        closer.register(
            Wiring.forLocalApi(settings, own, metering.over(videos.store(settings.storage()))));
    DiskWatch disk =
        new DiskWatch(
            Stream.concat(wiring.written().stream(), Stream.of(folder)).toList(),
            settings.minFreeDisk(),
            Clock.SYSTEM);
    Workflows workflows = Wiring.workflows(settings);
    JobPlanner planner = planner(settings, own, workflows);
    JobRunner jobs = around.apply(metering.over(disk.over(videos.over(wiring.videoJob()))));
    LocalQueue queue =
        closer.register(LocalQueue.open(folder, queueParts(settings, wiring, jobs, planner, disk)));
    WorkerMetrics metrics = metering.show(wiring, queue);
    LocalApi.Services services =
        new LocalApi.Services(
            queue,
            new SentFiles(files, SentFileProbe::measure, metrics::inputReceived),
            planner,
            new LocalApi.Descriptions(
                () -> RequestSchema.of(workflows.set().request()),
                facts(settings, wiring, workflows.set()),
                metrics::text),
            Clock.SYSTEM);
    LocalApi api = closer.register(LocalApi.start(address, services));
    return new LocalServer(closer, wiring, api, queue, settings.runPod().drainTimeout());
  }

  private static JobPlanner planner(Settings settings, OwnFiles own, Workflows workflows) {
    Downloads downloads = new Downloads(Wiring.downloads(settings).withOwn(own), Clock.SYSTEM);
    return new RequestPlanner(
        downloads, workflows, PlanTimeline::svg, RandomGenerator.getDefault());
  }

  private static LocalQueue.Parts queueParts(
      Settings settings, Wiring wiring, JobRunner jobs, JobPlanner planner, DiskWatch disk) {
    boolean started = settings.comfyUi().url().isEmpty() && wiring.engine() == Engine.COMFYUI;
    GuardedPost webhooks = new GuardedPost(AddressGuard.of(settings.allowPrivateInputs()));
    LocalQueue.JobEngine engine =
        new LocalQueue.JobEngine(
            jobs,
            settings.workerConcurrency(),
            new EngineWatch(wiring.comfyUi(), started, Clock.SYSTEM),
            disk::obstacle);
    return new LocalQueue.Parts(
        engine, planner, webhooks::post, QueueLimits.DEFAULTS, Clock.SYSTEM);
  }

  /** Held as long as the process lives; the kernel frees it when that is killed. */
  private static AutoCloseable lock(Path folder) throws CommandFailure, IOException {
    FileChannel file =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (file.tryLock() != null) {
        return file;
      }
    } catch (OverlappingFileLockException e) {
      // In this very process.
    }
    file.close();
    throw CommandFailure.usage(
        "Another server uses " + folder + ": end it, or give this one another OUTPUT_DIR", null);
  }

  private static ObjectNode facts(Settings settings, Wiring wiring, ModelSet set) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("engine", wiring.engine().label());
    set.request().modes().stream().map(Mode::label).sorted().forEach(facts.putArray("modes")::add);
    return facts
        .put("model_set", set.name())
        .put("version", Build.current().version())
        .put("max_input_bytes", settings.maxInputBytes());
  }

  /** The engine, for whoever tells of its start. */
  public Wiring wiring() {
    return wiring;
  }

  /** The server, which listens already. */
  public LocalApi api() {
    return api;
  }

  /** Where it can be reached from this machine. */
  public URI url() {
    return api.url();
  }

  /** Takes no more jobs and gives those that run {@code DRAIN_TIMEOUT}; the rest stays on disk. */
  public void drain() throws InterruptedException {
    queue.drain(drainTimeout);
  }

  @Override
  public void close() {
    closer.close();
  }
}
