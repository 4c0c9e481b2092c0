package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/worker} itself, with a JDK and a Maven that say how they were called. */
@Timeout(30)
class LauncherTest {
  private static final String BUILDING =
      "Building ltx2-worker (the first build fetches its libraries) …\n";

  @TempDir private Path clone;

  private record Ended(int code, String out, String err) {}

  @BeforeEach
  void clonesTheRepository() throws IOException {
    for (String each : new String[] {"worker", "jdk.sh"}) {
      Files.createDirectories(clone.resolve("scripts"));
      Files.copy(Path.of("scripts", each), clone.resolve("scripts").resolve(each));
    }
    old("pom.xml");
    old("src/main/java/A.java");
    old("test-fixtures/comfyui/object_info.json");
    program("jdk/bin/javac", "echo javac 25.0.1");
    // The run that writes the cache says that it has gone the way of a job; others say how they
    // run.
    program(
        "jdk/bin/java",
        """
        for each; do
          case $each in
            -XX:AOTCacheOutput=*) echo cache >"${each#*=}"; echo 'the way of a job'; exit 0 ;;
          esac
        done
        echo "java $*"; exit 7\
        """);
    maven("");
    // Ten seconds go by at once, but the second time; that one outlives the build.
    program(
        "bin/sleep",
        "[ \"$1\" != 10 ] || [ ! -e slept ] || exec /bin/sleep 20\n"
            + "[ \"$1\" = 10 ] || exec /bin/sleep \"$1\"\ntouch slept");
  }

  private void old(String name) throws IOException {
    Path file = clone.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
  }

  private void program(String name, String script) throws IOException {
    Path file = clone.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private void maven(String more) throws IOException {
    program(
        "bin/mvn",
        "echo '[INFO] noise'; mkdir -p target/lib; : >target/ltx2-worker.jar; echo x >>built\n"
            + more);
  }

  private Ended worker(String... args) throws Exception {
    String[] command = new String[args.length + 1];
    command[0] = clone.resolve("scripts/worker").toString();
    System.arraycopy(args, 0, command, 1, args.length);
    ProcessBuilder builder = new ProcessBuilder(command).directory(clone.toFile());
    builder.environment().put("JAVA_HOME", clone.resolve("jdk").toString());
    builder.environment().put("PATH", clone.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().remove("WORKER_JAVA_OPTS");
    Process process = builder.start();
    // To their ends, as in a pipe: whatever still holds them would be waited for.
    CompletableFuture<String> err =
        CompletableFuture.supplyAsync(() -> {
          try {
            return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out, err.get());
  }

  private long builds() throws IOException {
    return Files.readString(clone.resolve("built")).lines().count();
  }

  @Test
  void theFirstCallBuildsAndSaysSo() throws Exception {
    // Until the sign of life after ten seconds: the last sleep has begun.
    maven(
        "for _ in $(seq 500); do pgrep -f '^/bin/sleep 20' >/dev/null && break; /bin/sleep 0.02; done");
    Ended first = worker("run", "a request.json");
    assertThat(first.err()).startsWith(BUILDING + "  still building (").endsWith(" s) …\n");
    assertThat(first.err()).doesNotContain("noise");
    assertThat(first.code()).as("the command's own").isEqualTo(7);
    assertThat(first.out())
        .startsWith("java -XX:AOTCache=" + clone.resolve("target/ltx2-worker.aot"))
        .contains(" -Dworker.home=" + clone + " ", " -Dworker.terminal=false ")
        .endsWith("-jar " + clone.resolve("target/ltx2-worker.jar") + " run a request.json\n");

    Ended second = worker("help");
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isEqualTo(1);

    Files.writeString(clone.resolve("src/main/java/A.java"), "class A {}");
    Files.setLastModifiedTime(
        clone.resolve("src/main/java/A.java"),
        FileTime.fromMillis(System.currentTimeMillis() + 60_000));
    assertThat(worker("help").err()).startsWith(BUILDING);
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aBuildThatFailsShowsItsLogAndRunsNothing() throws Exception {
    Files.delete(clone.resolve("bin/sleep"));
    program("bin/mvn", "echo '[ERROR] no such class'; exit 1");
    Ended failed = worker("help");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err())
        .isEqualTo(
            BUILDING + "[ERROR] no such class\nworker: the build failed; its log is above\n");
  }
}
