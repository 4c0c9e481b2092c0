package dev.ltx2.worker.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ltx2.worker.app.Build;
import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.diagnostics.GpuTrials;
import dev.ltx2.worker.diagnostics.GpuVerification;
import dev.ltx2.worker.diagnostics.Verification;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.storage.Stored;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code worker verify}: what to run after an upgrade of ComfyUI, and on a new GPU. */
@Command(
    name = "verify",
    aliases = "verify-comfyui",
    mixinStandardHelpOptions = true,
    description = {
      "Checks that a running ComfyUI behaves as this worker expects it to.",
      "With --gpu: makes videos of every mode and prints what they cost on this GPU, as a table and"
          + " as JSON to be passed on."
    })
final class VerifyCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = "The ComfyUI, for instance http://127.0.0.1:8188 (default: as for run).")
  private @Nullable URI url;

  @Option(names = "--gpu", description = "Time and memory of videos on this GPU.")
  private boolean gpu;

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "WxH",
      description = "With --gpu: sizes to try.")
  private List<String> sizes = GpuTrials.USUAL.sizes();

  @Option(
      names = "--presets",
      split = ",",
      paramLabel = "NAME",
      description = "With --gpu: presets to try.")
  private List<String> presets = GpuTrials.USUAL.presets();

  @Option(names = "--seconds", paramLabel = "S", description = "With --gpu: length of the videos.")
  private double seconds = GpuTrials.USUAL.seconds();

  @Option(
      names = "--limits",
      split = ",",
      paramLabel = "WxH",
      description = "With --gpu: sizes at which the longest video that fits is looked for.")
  private List<String> limits = GpuTrials.USUAL.limitSizes();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    URI given = url;
    if (!gpu && given == null) {
      throw new ParameterException(
          spec.commandLine(), "Which ComfyUI? Give its URL, or --gpu for this GPU's figures");
    }
    Settings settings = Settings.from(System.getenv());
    Logging.text(LogLevel.ERROR, System.err);
    try {
      return gpu || given == null ? cost(settings, trials()) : behaviour(settings, given);
    } catch (ComfyUiException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private GpuTrials trials() {
    for (String size : Stream.concat(sizes.stream(), limits.stream()).toList()) {
      if (!size.matches("[1-9]\\d{1,3}x[1-9]\\d{1,3}")) {
        throw new ParameterException(
            spec.commandLine(), "a size is written as 1280x736, not " + size);
      }
    }
    return new GpuTrials(sizes, presets, seconds, limits, GpuTrials.USUAL.limitSeconds());
  }

  private int cost(Settings settings, GpuTrials what) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (CancelOnSignal _ = new CancelOnSignal();
        TempFolder work = TempFolder.create();
        Wiring wiring =
            Wiring.forTerminal(
                settings,
                Optional.ofNullable(url),
                work.folder("inputs"),
                (_, video, _, _, _) -> new Stored.Local(video))) {
      ObjectNode record =
          GpuVerification.here(
                  wiring.videoJob(),
                  wiring.comfyUi(),
                  work.folder("inputs"),
                  line -> {
                    out.println(line);
                    out.flush();
                  })
              .run(what);
      record
          .withObject("/versions")
          .put("worker", Build.current().version())
          .put("commit", Build.current().commit());
      record.put("engine", wiring.engine().label());
      out.println();
      out.println(record.toPrettyString());
      out.flush();
      return record.path("videos").findValues("error").isEmpty() ? 0 : 1;
    }
  }

  private int behaviour(Settings settings, URI comfyUiUrl) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (CancelOnSignal _ = new CancelOnSignal();
        TempFolder work = TempFolder.create();
        ComfyUi comfyUi = new ComfyUi(comfyUiUrl, Optional.empty(), Clock.SYSTEM)) {
      comfyUi.objectInfo();
      Verification verification =
          new Verification(
              comfyUi,
              Wiring.workflows(settings),
              work,
              settings.generationTimeout(),
              Duration.ofSeconds(10));
      int differences = 0;
      for (Verification.Expectation expectation : verification.expectations()) {
        List<String> found = verification.run(expectation);
        out.printf("%-4s  %s%n", found.isEmpty() ? "ok" : "DIFF", expectation.name());
        found.forEach(difference -> out.println("      " + difference));
        out.flush();
        differences += found.isEmpty() ? 0 : 1;
      }
      out.println(differences == 0 ? "as expected" : differences + " checks differ");
      out.flush();
      return differences == 0 ? 0 : 1;
    }
  }
}
