package dev.ltx2.worker.comfyui.process;

import dev.ltx2.worker.comfyui.ComfyUiException;
import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How ComfyUI is started.
 *
 * @param dir its checkout ({@code COMFYUI_DIR}), with {@code main.py}
 * @param python what runs it ({@code COMFYUI_PYTHON}): a path, or a name on {@code PATH}
 * @param args further arguments ({@code COMFYUI_ARGS}), split as a shell would
 * @param startTimeout within which it must answer, restarts included
 * @param state a folder of its own, which gets {@code input}, {@code output}, {@code temp} and
 *     {@code user}
 * @param environment the process's environment: not the worker's own, which holds keys
 */
public record Launch(
    Path dir,
    String python,
    String args,
    Duration startTimeout,
    Path state,
    Map<String, String> environment) {

  /** What the worker must decide itself, or it would not find ComfyUI or its files. */
  private static final List<String> RESERVED_ARGS =
      List.of("--listen", "--port", "--input-directory", "--output-directory", "--temp-directory");

  /** Below the ports that the system gives to outgoing connections. */
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 10_000;
  private static final int PROBE_MILLIS = 1000;

  /** Makes paths absolute: the process runs in {@code dir}. */
  public Launch {
    dir = dir.toAbsolutePath().normalize();
    state = state.toAbsolutePath().normalize();
    environment = Map.copyOf(environment);
  }

  /** A launch whose settings are known to be good. */
  record Ready(ProcessBuilder builder, int port, Duration startTimeout) {
    /** Starts it; the calling thread must outlive it, see {@link #parentDeathSignalPrefix}. */
    Process start() throws IOException {
      Process process = builder.start();
      process.getOutputStream().close();
      return process;
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + port);
    }

    /** Whether its HTTP server is up. */
    boolean answers() {
      try {
        URL url = url().resolve("/system_stats").toURL();
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(PROBE_MILLIS);
        connection.setReadTimeout(PROBE_MILLIS);
        try {
          return connection.getResponseCode() == 200;
        } finally {
          connection.disconnect();
        }
      } catch (IOException e) {
        return false;
      }
    }
  }

  /** Checks the settings, makes the folders and picks a port. */
  Ready prepare() throws ComfyUiException {
    if (!Files.isRegularFile(dir.resolve("main.py"))) {
      throw failed("COMFYUI_DIR: there is no main.py in " + dir, null);
    }
    Path interpreter =
        find(python)
            .orElseThrow(() -> failed("COMFYUI_PYTHON: " + python + " is not a program", null));
    try {
      for (String folder : List.of("input", "output", "temp", "user")) {
        Files.createDirectories(state.resolve(folder));
      }
      int port = freePort();
      ProcessBuilder builder =
          new ProcessBuilder(command(interpreter, port)).directory(dir.toFile());
      builder.redirectErrorStream(true);
      builder.environment().clear();
      builder.environment().putAll(environment);
      // Otherwise Python keeps its last words in a buffer, and a crash loses them.
      builder.environment().putIfAbsent("PYTHONUNBUFFERED", "1");
      return new Ready(builder, port, startTimeout);
    } catch (IOException e) {
      throw failed("its folder " + state + " cannot be made: " + e.getMessage(), e);
    }
  }

  private List<String> command(Path interpreter, int port) throws ComfyUiException {
    List<String> command = new ArrayList<>(parentDeathSignalPrefix());
    command.addAll(List.of(interpreter.toString(), "main.py"));
    command.addAll(List.of("--disable-metadata", "--disable-auto-launch"));
    command.addAll(List.of("--preview-method", "none"));
    Path user = state.resolve("user");
    command.addAll(List.of("--user-directory", user.toString()));
    command.addAll(List.of("--database-url", "sqlite:///" + user.resolve("comfyui.db")));
    // Of an argument given twice ComfyUI takes the last.
    command.addAll(words());
    command.addAll(List.of("--listen", "127.0.0.1", "--port", Integer.toString(port)));
    command.addAll(List.of("--input-directory", state.resolve("input").toString()));
    command.addAll(List.of("--output-directory", state.resolve("output").toString()));
    // ComfyUI puts a folder named temp into the one it is given, and empties it at start.
    command.addAll(List.of("--temp-directory", state.toString()));
    return command;
  }

  private List<String> words() throws ComfyUiException {
    List<String> words;
    try {
      words = ShellWords.split(args);
    } catch (IllegalArgumentException e) {
      throw failed("COMFYUI_ARGS: " + e.getMessage(), e);
    }
    for (String word : words) {
      String name = word.replaceFirst("=.*", "");
      if (RESERVED_ARGS.contains(name)) {
        throw failed("COMFYUI_ARGS: " + name + " is the worker's to set, leave it out", null);
      }
    }
    return words;
  }

  /**
   * Lets the kernel end ComfyUI with the thread that started it, so that none is left with the GPU
   * after a {@code kill -9} of the worker. Empty where there is no setpriv (util-linux) for it.
   */
  private static List<String> parentDeathSignalPrefix() {
    Optional<Path> setpriv = find("setpriv");
    if (setpriv.isEmpty()) {
      return List.of();
    }
    List<String> words = List.of(setpriv.get().toString(), "--pdeathsig", "KILL", "--");
    List<String> trial = Stream.concat(words.stream(), Stream.of("true")).toList();
    try {
      Process process =
          new ProcessBuilder(trial)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0 ? words : List.of();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private static Optional<Path> find(String program) {
    Stream<Path> places =
        program.contains("/")
            ? Stream.of(Path.of(program))
            : Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program));
    return places
        .filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
        .map(Path::toAbsolutePath)
        .findFirst();
  }

  private static int freePort() throws IOException {
    IOException taken = new IOException("no free port");
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException e) {
        taken = e;
      }
    }
    throw taken;
  }

  static ComfyUiException failed(String reason, @Nullable Throwable cause) {
    return new ComfyUiException(Kind.START_FAILED, "ComfyUI failed to start: " + reason, cause);
  }
}
