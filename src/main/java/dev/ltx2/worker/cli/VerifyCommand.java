package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.app.Wiring;
import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.common.TempFolder;
import dev.ltx2.worker.diagnostics.Verification;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code worker verify-comfyui}: what to run after an upgrade of ComfyUI. */
@Command(
    name = "verify-comfyui",
    mixinStandardHelpOptions = true,
    description = "Checks that a running ComfyUI behaves as this worker expects it to.")
final class VerifyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "URL", description = "The ComfyUI, for instance http://127.0.0.1:8188.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private URI url;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Settings settings = Settings.from(System.getenv());
    Logging.text(LogLevel.ERROR, System.err);
    PrintWriter out = spec.commandLine().getOut();
    try (CancelOnSignal _ = new CancelOnSignal();
        TempFolder work = TempFolder.create();
        ComfyUi comfyUi = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
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
    } catch (ComfyUiException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }
}
