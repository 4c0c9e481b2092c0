package dev.ltx2.worker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.app.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What tells a user of the commands: help, version, completion, and errors with their remedy. */
class HelpTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path temp;

  private static String said(String... args) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    assertThat(Commands.line().setOut(out).setErr(out).execute(args)).as("%s", text).isZero();
    return text.toString();
  }

  private static String bash(String script, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  @Test
  void helpNamesEveryCommandAndWhatItDoes() {
    String help = said("help");
    assertThat(help).isEqualTo(said("--help")).startsWith("Usage: worker ");
    for (Map.Entry<String, CommandLine> command : Commands.line().getSubcommands().entrySet()) {
      String name = command.getKey();
      String[] does = command.getValue().getCommandSpec().usageMessage().description();
      assertThat(does).as(name).isNotEmpty();
      assertThat(help).contains(name);
      if (!name.equals("help")) { // it has no help of its own
        assertThat(said("help", name)).isEqualTo(said(name, "--help")).contains(does[0]);
      }
    }
    assertThat(said("help", "plan")).contains("REQUEST.json", "--svg", "--graph", "--json");
  }

  @Test
  void theVersionIsToldInEveryWay() {
    String version = said("version");
    assertThat(version).matches("ltx2-worker \\S.*\\R");
    assertThat(
            List.of(said("-V"), said("--version"), said("run", "-V"), said("models", "pull", "-V")))
        .containsOnly(version);
  }

  /** {@code source <(scripts/worker completion)}, and then the Tab key. */
  @Test
  void completionIsAScriptThatCompletes() throws Exception {
    Path script = Files.writeString(temp.resolve("completion"), said("completion"));
    assertThat(bash("bash -n \"$1\"", script.toString())).isEmpty();
    String tab =
        """
        compopt() { :; }
        . "$1"; shift
        function=$(complete -p worker | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        for typed; do
          COMP_WORDS=($typed) COMP_CWORD=$(( $(wc -w <<<"$typed") - 1 )) COMP_LINE=$typed
          COMP_POINT=${#typed} COMP_TYPE=9 COMPREPLY=()
          "$function" worker
          echo "$typed: ${COMPREPLY[*]}"
        done
        """;
    assertThat(bash(tab, script.toString(), "worker mo", "worker models p", "worker run --com"))
        .isEqualTo("worker mo: models\nworker models p: pull\nworker run --com: --comfyui\n");
  }

  @Test
  void aPlanTellsOfARequestThatIsTooLongAndIsTheOneOfTheDocument() throws Exception {
    String image = Path.of("test-fixtures/media/portrait.jpg").toAbsolutePath().toString();
    Path padded =
        Files.writeString(
            temp.resolve("padded.json"),
            "{\"image_url\":\"%s\",\"duration\":1}".formatted(image) + " ".repeat(10_500_000));
    try (CommandProcess commands = new CommandProcess()) {
      assertThat(both(commands, 0, "plan", padded.toString()))
          .contains("the request has 10.5 MB: RunPod's /run takes 10 MB", "give URLs instead");
      String fixture = "test-fixtures/requests/multiframe-lipsync.json";
      assertThat(JSON.readTree(both(commands, 0, "plan", fixture, "--json")))
          .as("the example of docs/api.md")
          .isEqualTo(JSON.readTree(blockOf("docs/api.md", "{\"mode\":\"3a\"")));
    }
  }

  private String both(CommandProcess commands, int code, String... args) throws IOException {
    Path out = temp.resolve("out");
    Path err = temp.resolve("err");
    assertThat(commands.run(out, err, args)).as("%s", List.of(args)).isEqualTo(code);
    return Files.readString(out) + Files.readString(err);
  }

  private static String blockOf(String document, String begin) throws IOException {
    String text = Files.readString(Path.of(document));
    int from = text.indexOf("```json\n" + begin) + 8;
    return text.substring(from, text.indexOf("\n```", from));
  }

  /** The pull itself tries for more than a minute first: ModelPullTest. */
  @Test
  void aPullWithoutANetworkSaysWhatToDo() {
    assertThat(ModelsCommand.remedy(new UnknownHostException("huggingface.co")))
        .startsWith(". Is this machine online? What has come so far is kept")
        .contains("models.txt", "--dir", "models check");
    assertThat(ModelsCommand.remedy(new IOException("403"))).isEmpty();
  }

  /** A file of two gigabytes, which no array holds; it takes no room on the disk. */
  @Test
  void aRequestThatNoMemoryHoldsIsRefusedWithItsRemedy() throws IOException {
    Path huge = temp.resolve("huge.json");
    try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
      file.setLength(1L << 31);
    }
    assertThatThrownBy(() -> new RequestFile(huge).input())
        .isInstanceOf(CommandFailure.class)
        .hasMessage(
            huge + " is too large to be read: name its files by path or URL, not by data: URI");
  }
}
