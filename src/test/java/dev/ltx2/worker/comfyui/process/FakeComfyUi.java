package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.ScriptedComfyUi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;

/**
 * A process that stands for ComfyUI. A job's name says what goes wrong when it comes for the first
 * time; the second time all is well.
 */
final class FakeComfyUi {
  private FakeComfyUi() {}

  public static void main(String[] args) {
    List<String> words = List.of(args);
    Path output = Path.of(after(words, "--output-directory"));
    ScriptedComfyUi.Script script = play -> play(play, output);
    var _ =
        new ScriptedComfyUi(
            Integer.parseInt(after(words, "--port")),
            Collections.nCopies(9, script).toArray(ScriptedComfyUi.Script[]::new));
    System.out.println("To see the GUI go to: http://127.0.0.1");
  }

  private static String after(List<String> words, String name) {
    return words.get(words.indexOf(name) + 1);
  }

  private static void play(ScriptedComfyUi.Play play, Path output) throws Exception {
    // As ComfyUI at its most talkative.
    System.out.println("got prompt " + play.graph.path("pos"));
    String prefix = play.graph.path("save").path("inputs").path("filename_prefix").asText();
    String fault = prefix.replaceFirst("jobs/(.*)/video", "$1");
    if (fault.equals("twice") || first(output.resolve(fault))) {
      fault(play, fault);
    } else {
      play.accept();
      play.succeed();
    }
  }

  private static boolean first(Path mark) throws IOException {
    boolean first = !Files.exists(mark);
    Files.writeString(mark, "", StandardOpenOption.CREATE);
    return first;
  }

  private static void fault(ScriptedComfyUi.Play play, String fault) throws Exception {
    if (fault.equals("posting")) {
      die();
    }
    play.pending = fault.equals("waiting");
    play.accept();
    if (play.pending) {
      return;
    }
    play.event("execution_start", "");
    switch (fault) {
      case "before-sampler", "twice" -> die();
      case "sampling" -> {
        play.event("progress", "\"value\": 1, \"max\": 4, \"node\": \"ks\"");
        die();
      }
      case "after-sampler" -> {
        play.event("progress", "\"value\": 4, \"max\": 4, \"node\": \"ks\"");
        play.event("executing", "\"node\": \"save\"");
        die();
      }
      case "before-history" -> {
        play.video();
        play.event("execution_success", "");
        die();
      }
      case "gpu" -> play.fail("torch.AcceleratorError", "CUDA error: device-side assert triggered");
      case "deaf" -> {}
      default -> play.succeed();
    }
  }

  private static void die() {
    System.err.println("Fatal Python error: Segmentation fault");
    Runtime.getRuntime().halt(139);
  }
}
