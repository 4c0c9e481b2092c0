package dev.ltx2.worker.cli;

import dev.ltx2.worker.app.CommandFailure;
import dev.ltx2.worker.app.Settings;
import dev.ltx2.worker.logging.LogLevel;
import dev.ltx2.worker.logging.Logging;
import dev.ltx2.worker.logging.TextLine;
import dev.ltx2.worker.storage.KeptVideos;
import dev.ltx2.worker.storage.StorageException;
import dev.ltx2.worker.storage.Stored;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code worker unsent}: the videos that wait in KEEP_DIR, and their way into the bucket. */
@Command(
    name = "unsent",
    mixinStandardHelpOptions = true,
    description = "Lists the videos that could not be handed over, and sends them to the bucket.")
final class UnsentCommand implements Callable<Integer> {
  @Option(names = "--list", description = "Only list them.")
  private boolean listOnly;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    Settings settings = Settings.from(System.getenv());
    Logging.text(LogLevel.WARN, System.err);
    if (!listOnly && settings.storage().bucket().isEmpty()) {
      throw new Settings.InvalidSettingsException(
          List.of("GCS_BUCKET must be set: it is where the videos are sent; --list does without"));
    }
    try (KeptVideos unsent = KeptVideos.of(settings.storage())) {
      return call(settings, unsent);
    }
  }

  private int call(Settings settings, KeptVideos unsent)
      throws CommandFailure, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    boolean good = true;
    List<KeptVideos.Waiting> videos;
    try {
      videos = unsent.list();
    } catch (StorageException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
    for (KeptVideos.Waiting video : videos) {
      out.printf(
          "%s  job %s, %d bytes, since %s: %s%n",
          video.file(),
          TextLine.escaped(video.jobId()),
          video.size(),
          video.since(),
          TextLine.escaped(video.why()));
      out.flush();
      good &= listOnly || send(unsent, video, out);
    }
    if (videos.isEmpty()) {
      out.println("nothing waits in " + settings.storage().keepDir());
    }
    out.flush();
    return good ? 0 : 1;
  }

  private static boolean send(KeptVideos unsent, KeptVideos.Waiting video, PrintWriter out)
      throws InterruptedException {
    try {
      Stored.Uploaded sent = unsent.send(video);
      out.println("  sent to " + sent.shown());
      return true;
    } catch (StorageException e) {
      out.println("  not sent: " + e.getMessage());
      return false;
    }
  }
}
