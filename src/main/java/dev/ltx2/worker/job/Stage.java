package dev.ltx2.worker.job;

import java.util.Locale;

/** The stages of a job, in order; the name in lower case is what clients see. */
public enum Stage {
  /** Inputs are fetched. */
  DOWNLOAD(5),
  /** The inputs go to ComfyUI; it is starting, or another job has the GPU. */
  QUEUE(0),
  /** ComfyUI runs the graph. */
  GENERATE(88),
  /** The delivered file is made. */
  MUX(2),
  /** The video goes to its store. */
  STORE(5);

  private final int weight;

  Stage(int weight) {
    this.weight = weight;
  }

  /** Its share of the whole, in percent: a typical job of two minutes. */
  public int weight() {
    return weight;
  }

  /** As progress and timings name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
