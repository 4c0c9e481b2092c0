import java.util.Arrays;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Throughput and queue delay of an endpoint with 1 to 100 workers: {@code java scripts/Simulate.java
 * [LOAD [COST_PER_HOUR]]}. Jobs come at random (Poisson) at LOAD (0.8) times what the workers can
 * do. Service times are those that the API's document gives for RTX 4090/5090.
 */
final class Simulate {
  /** Name, seconds from and to (drawn evenly between). Mode 1: a 10 s video; 2 and 3 as named. */
  private record Kind(String name, double from, double to) {}

  private static final Kind[] KINDS = {
    new Kind("1 fast 10 s", 60, 120),
    new Kind("1 high 10 s", 120, 180),
    new Kind("1 ultra 10 s", 180, 300),
    new Kind("2 fast 5 s", 85, 85),
    new Kind("2 fast 10 s", 126, 126),
    new Kind("2 fast 15 s", 450, 450),
    new Kind("3a fast 8 s", 180, 180),
    new Kind("3a fast 15.4 s", 255, 255),
    new Kind("3b fast 8 s", 200, 200),
    new Kind("3b fast 10 s", 321, 321),
  };
  private static final int[] WORKERS = {1, 2, 5, 10, 20, 50, 100};
  private static final int JOBS = 50_000;

  private Simulate() {}

  public static void main(String[] args) {
    double load = args.length > 0 ? Double.parseDouble(args[0]) : 0.8;
    double cost = args.length > 1 ? Double.parseDouble(args[1]) : 0;
    if (!(load > 0 && load < 1)) {
      System.err.println("LOAD must lie between 0 and 1: at 1 the queue grows without end");
      System.exit(2);
    }
    System.out.printf("%-15s %12s%s%n", "job", "per GPU hour", cost > 0 ? "  cost a job" : "");
    for (Kind kind : KINDS) {
      double seconds = (kind.from + kind.to) / 2;
      System.out.printf(
          Locale.ROOT,
          "%-15s %12.1f%s%n",
          kind.name,
          3600 / seconds,
          cost > 0 ? String.format(Locale.ROOT, "%12.3f", cost * seconds / 3600 / load) : "");
    }
    System.out.printf("%nAll kinds in equal parts, at %.0f %% load:%n", 100 * load);
    System.out.println("workers   jobs/hour   delay s: mean   median      95 %      99 %");
    for (int workers : WORKERS) {
      queue(workers, load);
    }
  }

  private static double draw(Kind kind, Random random) {
    return kind.from + (kind.to - kind.from) * random.nextDouble();
  }

  /** One queue, any free worker takes its head: what the platform does. */
  private static void queue(int workers, double load) {
    Random random = new Random(7);
    double mean = Arrays.stream(KINDS).mapToDouble(k -> (k.from + k.to) / 2).average().orElseThrow();
    double gap = mean / workers / load;
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int i = 0; i < workers; i++) {
      free.add(0.0);
    }
    double[] delays = new double[JOBS];
    double now = 0;
    for (int i = 0; i < JOBS; i++) {
      now += -gap * Math.log(1 - random.nextDouble());
      double start = Math.max(now, free.remove());
      delays[i] = start - now;
      free.add(start + draw(KINDS[random.nextInt(KINDS.length)], random));
    }
    double average = Arrays.stream(delays).average().orElseThrow();
    Arrays.sort(delays);
    System.out.printf(
        Locale.ROOT,
        "%7d %11.0f %15.0f %8.0f %9.0f %9.0f%n",
        workers,
        3600 / gap,
        average,
        delays[JOBS / 2],
        delays[JOBS * 95 / 100],
        delays[JOBS * 99 / 100]);
  }
}
