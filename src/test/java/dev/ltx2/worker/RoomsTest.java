package dev.ltx2.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The design's picture of rooms and doors, held against the code. */
@AnalyzeClasses(packages = "dev.ltx2.worker", importOptions = DoNotIncludeTests.class)
class RoomsTest {
  private static final String ROOT = "dev.ltx2.worker.";

  @ArchTest
  static final ArchRule roomsFormNoCycle =
      slices().matching("dev.ltx2.worker.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule requestPlanAndWorkflowArePure =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "request", ROOT + "plan", ROOT + "workflow")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.nio.file..",
              "java.net.http..",
              "org.java_websocket..",
              "io.undertow..",
              "org.slf4j..",
              "org.bytedeco..",
              ROOT + "input",
              ROOT + "comfyui",
              ROOT + "media",
              ROOT + "storage",
              ROOT + "job",
              ROOT + "runpod",
              ROOT + "rehearsal",
              ROOT + "app");

  @ArchTest static final ArchRule commonKnowsNobody = knowsOnly("common");

  @ArchTest static final ArchRule comfyUiKnowsNoJob = knowsOnly("comfyui");

  @ArchTest static final ArchRule mediaKnowsNobody = knowsOnly("media");

  @ArchTest static final ArchRule storageKnowsOnlyWhatAllShare = knowsOnly("storage", "common");

  @ArchTest
  static final ArchRule inputKnowsRequestAndMedia = knowsOnly("input", "request", "media");

  @ArchTest
  static final ArchRule rehearsalKnowsMediaAndWorkflow =
      knowsOnly("rehearsal", "media", "workflow");

  @ArchTest static final ArchRule runPodKnowsJobsOnly = knowsOnly("runpod", "job", "common");

  @ArchTest
  static final ArchRule onlyTheAppKnowsTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "app")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("picocli..", "ch.qos.logback..", ROOT + "app");

  @ArchTest
  static final ArchRule onlyMediaTouchesFfmpeg =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "media")
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

  /** The room depends on no other room than those named; the root package is free to all. */
  private static ArchRule knowsOnly(String room, String... others) {
    String allowed = String.join("|", others);
    String pattern =
        "dev\\.ltx2\\.worker\\.(?!("
            + room
            + (others.length > 0 ? "|" + allowed : "")
            + ")\\.)"
            + "[a-z]+\\..*";
    return noClasses()
        .that()
        .resideInAPackage(ROOT + room)
        .should()
        .dependOnClassesThat()
        .haveNameMatching(pattern)
        .allowEmptyShould(true);
  }
}
