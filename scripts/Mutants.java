import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.pitest.coverage.CoverageDatabase;
import org.pitest.mutationtest.ClassMutationResults;
import org.pitest.mutationtest.DetectionStatus;
import org.pitest.mutationtest.History;
import org.pitest.mutationtest.HistoryFactory;
import org.pitest.mutationtest.HistoryParams;
import org.pitest.mutationtest.ListenerArguments;
import org.pitest.mutationtest.MutationResult;
import org.pitest.mutationtest.MutationResultListener;
import org.pitest.mutationtest.MutationResultListenerFactory;
import org.pitest.mutationtest.MutationStatusTestPair;
import org.pitest.mutationtest.build.TestFilter;
import org.pitest.mutationtest.build.TestFilterFactory;
import org.pitest.mutationtest.build.TestFilterParams;
import org.pitest.mutationtest.config.PluginServices;
import org.pitest.mutationtest.config.ReportOptions;
import org.pitest.mutationtest.config.Services;
import org.pitest.mutationtest.config.ServicesFromClassLoader;
import org.pitest.mutationtest.engine.MutationDetails;
import org.pitest.mutationtest.engine.MutationIdentifier;
import org.pitest.mutationtest.incremental.WriterFactory;
import org.pitest.mutationtest.tooling.AnalysisResult;
import org.pitest.mutationtest.tooling.EntryPoint;
import org.pitest.plugin.Feature;
import org.pitest.testapi.TestGroupConfig;
import org.pitest.util.Glob;
import org.pitest.util.Verbosity;

/**
 * Runs pitest's engine over rooms, started by {@code scripts/mutants}. Pitest's own front ends know
 * neither a sample nor a limit on a test's length; its plug-in points do.
 */
final class Mutants {
  private static final String ROOT = "dev.ltx2.worker.";
  private static final long SEED = 20261121;
  private static final int LONGEST_TEST_MILLIS = 5000;
  private static final Path REPORTS = Path.of("target/mutants");
  private static final Feature SAMPLE = feature("SAMPLE", "Tests a seeded sample of the mutants");

  private Mutants() {}

  public static void main(String[] args) throws IOException {
    boolean weak = false;
    for (String arg : args) {
      weak |= !run(Target.parse(arg));
    }
    System.exit(weak ? 1 : 0);
  }

  /** Rooms, or classes by glob, below the root package; a sample of 0 is all of their mutants. */
  private record Target(List<String> globs, int sample) {
    static Target parse(String arg) {
      int colon = arg.indexOf(':');
      String names = colon < 0 ? arg : arg.substring(0, colon);
      return new Target(
          List.of(names.split(",")),
          colon < 0 ? 0 : Integer.parseInt(arg.substring(colon + 1)));
    }

    List<String> classes() {
      return globs.stream().map(g -> ROOT + (room(g).equals(g) ? g + ".*" : g)).toList();
    }

    /** Without the class, which begins with a capital or has an asterisk. */
    private static String room(String glob) {
      return glob.replaceFirst("\\.[^.]*[A-Z*].*", "");
    }

    /** Those of the outermost rooms: {@code storage.s3} is tried by tests in {@code storage} too. */
    List<String> tests() {
      return globs.stream().map(g -> ROOT + g.replaceFirst("\\..*", "") + ".*Test").toList();
    }

    String name() {
      return globs.getFirst().replaceAll("[^\\w.]", "") + (globs.size() > 1 ? "…" : "");
    }
  }

  /** One target; false when fewer than 85 % of its mutants are killed. */
  private static boolean run(Target target) throws IOException {
    long start = System.nanoTime();
    Sample sample = new Sample(target.sample(), new HashSet<>());
    Report report = new Report(sample.leftOut());
    ReportOptions options = new ReportOptions();
    options.setProjectBase(Path.of("").toAbsolutePath());
    options.setClassPathElements(
        Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator)));
    options.setCodePaths(List.of(Path.of("target/classes").toAbsolutePath().toString()));
    options.setSourceDirs(List.of(Path.of("src/main/java"), Path.of("src/test/java")));
    options.setReportDir(REPORTS.toString());
    options.setTargetClasses(target.classes());
    options.setTargetTests(new ArrayList<>(Glob.toGlobPredicates(target.tests())));
    options.addChildJVMArgs(
        List.of(System.getProperty("mutants.jvm", "").strip().split("\\s+")));
    options.setGroupConfig(new TestGroupConfig());
    options.setExcludedRunners(List.of());
    options.setIncludedTestMethods(List.of());
    options.setMutators(List.of("DEFAULTS"));
    options.setFeatures(List.of());
    options.setNumberOfThreads(Integer.getInteger("mutants.threads", 1));
    options.setTimeoutConstant(10_000);
    options.setLoggingClasses(ReportOptions.LOGGING_CLASSES);
    options.setVerbosity(Verbosity.QUIET);
    options.setShouldCreateTimestampedReports(false);
    options.addOutputFormats(List.of("REPORT"));
    options.setFailWhenNoMutations(false);
    // Without a place nobody asks the history, which writes nothing here
    options.setHistoryOutputLocation(REPORTS.resolve("history").toFile());
    // One that fails without a mutant is named on stderr and left out
    options.setSkipFailingTests(true);
    AnalysisResult result =
        new EntryPoint()
            .execute(
                new File("").getAbsoluteFile(),
                options,
                new PluginServices(
                    new WithOwn(
                        List.of(report, new ShortTests(), sample))),
                Map.of());
    if (result.getError().isPresent()) {
      throw new IllegalStateException("pitest failed on " + target, result.getError().get());
    }
    return report.write(target, Duration.ofNanos(System.nanoTime() - start));
  }

  private static Feature feature(String name, String description) {
    return Feature.named(name).withOnByDefault(true).withDescription(description);
  }

  /** Pitest's plug-ins and ours, which are no services: they live in this file. */
  private record WithOwn(List<Object> own) implements Services {
    @Override
    public <S> Collection<S> load(Class<S> type) {
      List<S> all =
          new ArrayList<>(new ServicesFromClassLoader(EntryPoint.class.getClassLoader()).load(type));
      // Two histories would be an error
      all.removeIf(HistoryFactory.class::isInstance);
      own.stream().filter(type::isInstance).map(type::cast).forEach(all::add);
      return all;
    }
  }

  /** A mutant that a long test covers would cost that test each time. */
  private record ShortTests() implements TestFilterFactory {
    @Override
    public TestFilter makeFilter(TestFilterParams params) {
      return (test, mutant) -> test.getTime() <= LONGEST_TEST_MILLIS;
    }

    @Override
    public Feature provides() {
      return feature("SHORT_TESTS", description());
    }

    @Override
    public String description() {
      return "Leaves out tests of more than 5 s";
    }
  }

  /**
   * The history is asked once, with all mutants, which of them need no test. A mutant that it calls
   * not started is started all the same, so what is left out has another status and is not counted.
   */
  private record Sample(int size, Set<MutationIdentifier> leftOut)
      implements HistoryFactory, History {
    @Override
    public List<MutationResult> analyse(List<MutationDetails> mutants) {
      if (size == 0 || mutants.size() <= size) {
        return List.of();
      }
      List<MutationDetails> left = new ArrayList<>(mutants);
      left.sort(Comparator.comparing(MutationDetails::getId));
      Collections.shuffle(left, new Random(SEED));
      List<MutationDetails> rest = left.subList(size, left.size());
      rest.forEach(m -> leftOut.add(m.getId()));
      return rest.stream()
          .map(m ->
              new MutationResult(
                  m, MutationStatusTestPair.notAnalysed(0, DetectionStatus.NON_VIABLE, List.of())))
          .toList();
    }

    @Override
    public History makeHistory(HistoryParams params, WriterFactory to, Optional<Reader> from) {
      return this;
    }

    @Override
    public Feature provides() {
      return SAMPLE;
    }

    @Override
    public String description() {
      return SAMPLE.description();
    }

    @Override
    public void initialize() {}

    @Override
    public void processCoverage(CoverageDatabase coverage) {}

    @Override
    public void recordResult(MutationResult result) {}

    @Override
    public void close() {}
  }

  /** What became of each mutant: a line of totals on stdout, the survivors in a file. */
  private static final class Report
      implements MutationResultListenerFactory, MutationResultListener {
    private final Set<MutationIdentifier> leftOut;
    private final List<MutationResult> results = new ArrayList<>();

    Report(Set<MutationIdentifier> leftOut) {
      this.leftOut = leftOut;
    }

    @Override
    public void handleMutationResult(ClassMutationResults ofClass) {
      List<MutationResult> tried =
          ofClass.getMutations().stream()
              .filter(result -> !leftOut.contains(result.getDetails().getId()))
              .toList();
      results.addAll(tried);
      // Said at once: a room takes minutes
      tried.stream()
          .filter(result -> !result.getStatus().isDetected())
          .forEach(result -> System.err.println(line(result)));
    }

    private static String line(MutationResult result) {
      MutationDetails mutant = result.getDetails();
      return "%s:%d %s: %s (%s, %d tests)"
          .formatted(
              mutant.getClassName().asJavaName().substring(ROOT.length()),
              mutant.getLineNumber(),
              mutant.getMethod(),
              mutant.getDescription(),
              result.getStatus(),
              mutant.getTestsInOrder().size());
    }

    boolean write(Target target, Duration taken) throws IOException {
      Map<DetectionStatus, Integer> counts = new TreeMap<>();
      List<String> survivors = new ArrayList<>();
      for (MutationResult result : results) {
        counts.merge(result.getStatus(), 1, Integer::sum);
        if (!result.getStatus().isDetected()) {
          survivors.add(line(result));
        }
      }
      Collections.sort(survivors);
      int killed = results.size() - survivors.size();
      double percent = results.isEmpty() ? 100 : 100.0 * killed / results.size();
      String totals =
          "%s: %d of %d mutants killed, %.1f %% %s in %d s"
              .formatted(
                  target.name(), killed, results.size(), percent, counts, taken.toSeconds());
      Files.createDirectories(REPORTS);
      Files.writeString(
          REPORTS.resolve(target.name() + ".txt"),
          totals + "\n" + String.join("\n", survivors) + "\n",
          StandardCharsets.UTF_8);
      System.out.println(totals);
      return percent >= 85;
    }

    @Override
    public MutationResultListener getListener(Properties properties, ListenerArguments args) {
      return this;
    }

    @Override
    public String name() {
      return "REPORT";
    }

    @Override
    public String description() {
      return "Counts, and lists what survived";
    }

    @Override
    public void runStart() {}

    @Override
    public void runEnd() {}
  }
}
