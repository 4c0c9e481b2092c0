package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.io.IOException;
import java.time.Duration;

/** The inputs of one prompt on their way into ComfyUI. */
final class InputUploads {
  private final ComfyUi.RunContext context;
  private final ComfyUiConnection connection;
  private final Prompt prompt;
  private Duration waited = Duration.ZERO;

  /** The number of the socket that was open when they went in. */
  private int socketNumber;

  InputUploads(ComfyUi.RunContext context, Prompt prompt) {
    this.context = context;
    this.connection = context.connection();
    this.prompt = prompt;
  }

  /** The time spent waiting for ComfyUI to be ready. */
  Duration waited() {
    return waited;
  }

  /**
   * Sends them all.
   *
   * @return the limit, later by the time spent waiting for ComfyUI's start
   */
  Deadline send(Deadline until) throws ComfyUiException, InterruptedException {
    Deadline limit = until;
    for (boolean again = false; ; again = true) {
      long start = connection.time().nanos();
      context.supervisor().awaitReady();
      Duration starting = connection.time().since(start);
      waited = waited.plus(starting);
      limit = limit.later(starting);
      socketNumber = connection.socket().open(limit);
      try {
        for (Prompt.Upload upload : prompt.uploads()) {
          send(upload, limit);
        }
        return limit;
      } catch (IOException e) {
        if (again || !context.supervisor().recoverFrom(e)) {
          throw connection.unreachable(e);
        }
      }
    }
  }

  /** Sends them again when the socket is another one: behind it may be a ComfyUI without them. */
  Deadline renew(Deadline limit) throws ComfyUiException, InterruptedException {
    return connection.socket().open(limit) == socketNumber ? limit : send(limit);
  }

  private void send(Prompt.Upload upload, Deadline limit)
      throws ComfyUiException, IOException, InterruptedException {
    String stored;
    try {
      stored = connection.api().upload(upload.file(), prompt.folder(), upload.fileName(), limit);
    } catch (ComfyUiHttp.BadAnswer e) {
      // Its answer to a full disk is a bare 500
      if (e.status >= 500 && context.results().lacksRoomFor(upload.file())) {
        throw new ComfyUiException(
            Kind.DISK_FULL,
            "ComfyUI's disk has no room for an input" + context.results().left(),
            e);
      }
      throw e;
    }
    if (!stored.equals(upload.name())) {
      throw new ComfyUiException(
          Kind.FAILED, "ComfyUI stored the input %s as %s".formatted(upload.name(), stored));
    }
  }
}
