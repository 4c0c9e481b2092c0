package dev.ltx2.worker.cli;

import dev.ltx2.worker.job.Progress;
import dev.ltx2.worker.job.Stage;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Progress on stderr: a bar at a terminal, a line per step elsewhere. The launcher says which,
 * since Java only tells whether stdin and stdout are one.
 */
final class ProgressLine implements AutoCloseable {
  private final @Nullable ProgressBar bar;
  private String shown = "";

  ProgressLine() {
    bar =
        Boolean.getBoolean("worker.terminal")
            ? new ProgressBarBuilder()
                .setInitialMax(100)
                .setTaskName("download")
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .setConsumer(new ConsoleProgressBarConsumer(System.err, 78))
                .build()
            : null;
  }

  void show(Progress progress) {
    String steps =
        progress.stage() == Stage.GENERATE && progress.steps() > 0
            ? " step " + progress.step() + " of " + progress.steps()
            : "";
    if (bar != null) {
      bar.setExtraMessage(progress.stage().label() + steps);
      bar.stepTo(progress.percent());
    } else {
      String line = progress.percent() == 100 ? "done" : progress.stage().label() + steps;
      if (!line.equals(shown)) {
        System.err.printf("%3d%%  %s%n", progress.percent(), line);
        shown = line;
      }
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
