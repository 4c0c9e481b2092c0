package dev.ltx2.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;

/** The design's picture of rooms and doors, held against the code. */
@AnalyzeClasses(packages = "dev.ltx2.worker", importOptions = DoNotIncludeTests.class)
class RoomsTest {
  private static final String ROOT = "dev.ltx2.worker";
  private static final int MAX_FILES = 26;
  private static final int MOST_PARAMETERS = 5;

  /**
   * Whom each room may know directly. A room stands below all it is named by and above all it
   * names, so the table as a whole also holds what a room reaches by way of others.
   */
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          room("common"),
          room("graphics"),
          room("logging"),
          room("request.output"),
          room("request", "common", "request.output"),
          room("job", "common"),
          room("plan", "request"),
          room("workflow", "common", "plan", "request"),
          room("modelset", "plan", "request", "workflow"),
          room("media", "common", "graphics"),
          room("net", "common"),
          room("input", "common", "media", "net", "request"),
          room("comfyui", "common"),
          room("comfyui.process", "comfyui", "common"),
          room("storage.client", "common"),
          room("storage.gcs", "common", "storage.client"),
          room("storage.http", "common", "net", "storage.client"),
          room("storage.s3", "common", "net", "storage.client", "storage.http"),
          room("storage.presigned", "common", "net", "storage.client", "storage.http"),
          room(
              "storage",
              "common",
              "job",
              "net",
              "storage.client",
              "storage.gcs",
              "storage.presigned",
              "storage.s3"),
          room("models", "common"),
          room("metrics", "common", "job"),
          room("localapi.files", "common"),
          room("localapi.queue", "common", "job"),
          room("localapi", "common", "job", "localapi.files", "localapi.queue"),
          room("runpod.protocol", "common", "job"),
          room("runpod.answers", "common", "job", "runpod.protocol"),
          room("runpod", "common", "job", "runpod.answers", "runpod.protocol"),
          room("rehearsal", "common", "media", "workflow"),
          room("rehearsal.ltx", "common", "graphics", "media", "rehearsal"),
          room("report", "graphics", "media", "plan", "request"),
          room(
              "pipeline",
              "comfyui",
              "common",
              "graphics",
              "input",
              "job",
              "media",
              "modelset",
              "plan",
              "request",
              "request.output",
              "storage",
              "workflow"),
          room(
              "app",
              "comfyui",
              "comfyui.process",
              "common",
              "input",
              "job",
              "localapi",
              "localapi.files",
              "localapi.queue",
              "logging",
              "media",
              "metrics",
              "models",
              "modelset",
              "net",
              "pipeline",
              "plan",
              "rehearsal",
              "rehearsal.ltx",
              "report",
              "request",
              "runpod",
              "runpod.protocol",
              "storage",
              "workflow"),
          room(
              "diagnostics",
              "app",
              "comfyui",
              "comfyui.process",
              "common",
              "graphics",
              "job",
              "media",
              "models",
              "modelset",
              "pipeline",
              "plan",
              "request",
              "storage",
              "storage.client",
              "workflow"),
          room(
              "cli",
              "app",
              "comfyui",
              "common",
              "diagnostics",
              "input",
              "job",
              "localapi",
              "logging",
              "media",
              "metrics",
              "models",
              "modelset",
              "pipeline",
              "plan",
              "report",
              "request",
              "runpod",
              "runpod.protocol",
              "storage",
              "workflow"),
          room("", "app", "cli"));

  @ArchTest
  static void everyRoomKnowsOnlyWhomItMay(JavaClasses classes) {
    Map<String, Set<String>> found = new TreeMap<>();
    for (JavaClass type : classes) {
      Set<String> known = found.computeIfAbsent(room(type), _ -> new TreeSet<>());
      type.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(target -> target.getPackageName().startsWith(ROOT))
          .map(RoomsTest::room)
          .filter(target -> !target.equals(room(type)))
          .forEach(known::add);
    }
    assertThat(found.keySet()).isEqualTo(ARROWS.keySet());
    found.forEach((room, known) ->
        assertThat(ARROWS.get(room)).as("what %s may know", room).containsAll(known));
  }

  /** Repeatedly takes away the rooms that know nobody left; in a circle somebody always stays. */
  @ArchTest
  static void theTableHasNoCircle(JavaClasses classes) {
    Map<String, Set<String>> left = new TreeMap<>(ARROWS);
    while (left.values().removeIf(known -> known.stream().noneMatch(left::containsKey))) {
      // Each round takes the next layer.
    }
    assertThat(left).isEmpty();
  }

  @ArchTest
  static void noRoomIsCrowded(JavaClasses classes) {
    Map<String, Set<String>> files =
        classes.stream()
            .filter(type -> type.getSource().isPresent())
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName,
                    Collectors.mapping(
                        type -> type.getSource().get().getFileName().orElseThrow(),
                        Collectors.toSet())));
    files.forEach((room, names) -> assertThat(names).as(room).hasSizeLessThanOrEqualTo(MAX_FILES));
  }

  /** One word a thing, one thing a word. */
  @ArchTest
  static void noTwoTypesShareAName(JavaClasses classes) {
    Map<String, Set<String>> byName =
        classes.stream()
            .filter(
                type -> !type.isAnonymousClass() && !type.getSimpleName().equals("package-info"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getSimpleName,
                    Collectors.mapping(JavaClass::getName, Collectors.toSet())));
    byName.forEach((name, types) -> assertThat(types).as(name).hasSize(1));
  }

  /** Whoever has more takes an object that the field knows; data has as many parts as it has. */
  @ArchTest
  static void noCallHasSixParameters(JavaClasses classes) {
    assertThat(
            classes.stream()
                .filter(type -> !type.isRecord() && !type.isEnum() && !type.isAnonymousClass())
                .flatMap(type -> type.getCodeUnits().stream())
                .filter(unit -> !unit.getName().startsWith("lambda$"))
                .filter(unit -> unit.getRawParameterTypes().size() > MOST_PARAMETERS))
        .isEmpty();
  }

  @ArchTest
  static final ArchRule requestPlanAndWorkflowDoNoInputOrOutput =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".request", ROOT + ".plan", ROOT + ".workflow", ROOT + ".modelset")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.nio.file..",
              "java.net.http..",
              "org.java_websocket..",
              "io.undertow..",
              "org.slf4j..",
              "org.bytedeco..");

  @ArchTest
  static final ArchRule theContractKnowsJacksonAlone =
      classes()
          .that()
          .resideInAPackage(ROOT + ".job")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..",
              "com.fasterxml.jackson..",
              ROOT + ".job",
              ROOT + ".common",
              "org.jspecify..");

  @ArchTest
  static final ArchRule onlyTheCommandLineKnowsPicocli =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".cli")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..");

  @ArchTest
  static final ArchRule onlyLoggingKnowsLogback =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".logging")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ch.qos.logback..");

  @ArchTest
  static final ArchRule onlyMediaTouchesFfmpeg =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".media")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..");

  /** java.desktop is a quarter of a Java runtime's disk, and the image's does without. */
  @ArchTest
  static final ArchRule nobodyNeedsADesktop =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.awt..", "javax.imageio..", "java.beans..", "javax.swing..");

  @ArchTest
  static void everyRoomKnowsNoNull(JavaClasses all) {
    assertThat(all.stream().map(JavaClass::getPackage).distinct())
        .as("package-info.java with @NullMarked")
        .allMatch(room -> room.isAnnotatedWith(NullMarked.class));
  }

  private static Map.Entry<String, Set<String>> room(String name, String... known) {
    return Map.entry(name, Set.copyOf(List.of(known)));
  }

  private static String room(JavaClass type) {
    JavaPackage home = type.getBaseComponentType().getPackage();
    return home.getName().equals(ROOT) ? "" : home.getName().substring(ROOT.length() + 1);
  }
}
