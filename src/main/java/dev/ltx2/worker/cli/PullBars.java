package dev.ltx2.worker.cli;

import dev.ltx2.worker.models.ModelFile;
import dev.ltx2.worker.models.PullListener;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar per file at a terminal, a line for every tenth of it elsewhere. Files come one by one. */
final class PullBars implements PullListener, AutoCloseable {
  private static final long MEBIBYTE = 1 << 20;

  private final boolean terminal = Boolean.getBoolean("worker.terminal");
  private @Nullable ProgressBar bar;
  private long done;
  private long size;
  private long tenths;

  @Override
  public synchronized void started(ModelFile file, long alreadyThere, long total) {
    close();
    done = alreadyThere;
    size = total;
    tenths = 10 * done / size;
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setInitialMax(size)
              .setTaskName(file.name())
              .setUnit(" MiB", MEBIBYTE)
              .showSpeed()
              .setStyle(ProgressBarStyle.ASCII)
              .setConsumer(new ConsoleProgressBarConsumer(System.err, 110))
              .build();
      bar.stepTo(done);
    } else {
      System.err.println(file.path() + ": fetching " + size / MEBIBYTE + " MiB" + resumed());
    }
  }

  private String resumed() {
    return done == 0 ? "" : ", " + done / MEBIBYTE + " of them are there";
  }

  @Override
  public synchronized void fetched(ModelFile file, long bytes) {
    done += bytes;
    if (bar != null) {
      bar.stepTo(done);
    } else if (10 * done / size > tenths) {
      tenths = 10 * done / size;
      System.err.println(file.path() + ": " + 10 * tenths + " %");
    }
  }

  @Override
  public synchronized void verifying(ModelFile file) {
    if (bar != null) {
      bar.setExtraMessage("verifying");
    } else {
      System.err.println(file.path() + ": verifying");
    }
  }

  @Override
  public synchronized void finished(ModelFile file) {
    close();
    System.err.println(file.path() + ": there");
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
