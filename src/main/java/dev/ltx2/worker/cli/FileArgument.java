package dev.ltx2.worker.cli;

import dev.ltx2.worker.logging.TextLine;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Files named on the command line. */
final class FileArgument {
  private FileArgument() {}

  /** Refuses, as a fault of usage, what cannot be read as a file. */
  static void check(CommandSpec command, Path file) {
    String name = TextLine.escaped(file.toString());
    String fault =
        Files.notExists(file)
            ? "There is no file " + name
            : name.isEmpty() || Files.isDirectory(file)
                ? "\"" + name + "\" is a folder, not a file"
                : !Files.isRegularFile(file)
                    ? name + " is not a regular file"
                    : Files.isReadable(file) ? null : name + " cannot be read: permission denied";
    if (fault != null) {
      throw new ParameterException(command.commandLine(), fault);
    }
  }
}
