package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.LocalServer;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Settings.LogFormat;
import dev.ltx2.worker.diagnostics.SelfTest;
import dev.ltx2.worker.localapi.LocalApiSettings;
import dev.ltx2.worker.logging.Logging;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code worker local}: the endpoint API on this machine, until SIGTERM. */
@Command(
    name = "local",
    mixinStandardHelpOptions = true,
    description = "Serves the platform's endpoint API on this machine, with a page to try it.")
final class LocalCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(LocalCommand.class);

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where to listen (default: LOCAL_API_PORT, else 8000; 0 for a free one).")
  private @Nullable Integer port;

  @Override
  public Integer call() throws Exception {
    Settings settings = Settings.from(System.getenv());
    switch (settings.logFormat().orElse(LogFormat.TEXT)) {
      case JSON -> Logging.platform(settings.logLevel(), System.out);
      case TEXT -> Logging.text(settings.logLevel(), System.err);
    }
    ModelsAtStart.complete(settings, false);
    LocalApiSettings address =
        port == null ? settings.localApi() : settings.localApi().withPort(port);
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<String> why = new AtomicReference<>("");
    try (ShutdownHook _ = ShutdownHook.of(() -> end(told, closed, why));
        LocalServer server =
            LocalServer.start(settings, address, jobs -> new SelfTest(jobs, System.getenv()));
        StartReport _ =
            StartReport.of(settings, server.wiring(), "videos are served from OUTPUT_DIR")) {
      server
          .wiring()
          .onGivenUp(reason -> {
            why.set(reason);
            told.countDown();
          });
      server.api().announce();
      told.await();
      LOG.info("No more jobs are taken");
      server.drain();
    } finally {
      closed.countDown();
    }
    return why.get().isEmpty() ? 0 : 1;
  }

  /** The JVM would end with 143 after SIGTERM; this waits until everything is closed. */
  private static void end(CountDownLatch told, CountDownLatch closed, AtomicReference<String> why) {
    told.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      LOG.warn("Ending before the running jobs are done");
    }
    System.out.flush();
    Runtime.getRuntime().halt(why.get().isEmpty() ? 0 : 1);
  }
}
