package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.io.IOException;
import java.time.Duration;

/** The inputs of one prompt on their way into ComfyUI. */
final class InputUploads {
  private final ComfyUi.Parts parts;
  private final Prompt prompt;
  private Duration waited = Duration.ZERO;

  /** Over which events came when they went in. */
  private int connection;

  InputUploads(ComfyUi.Parts parts, Prompt prompt) {
    this.parts = parts;
    this.prompt = prompt;
  }

  /** How long it was waited for ComfyUI to be ready. */
  Duration waited() {
    return waited;
  }

  /**
   * Sends them all.
   *
   * @return the limit, later by the time that it was waited for ComfyUI's start
   */
  Deadline send(Deadline until) throws ComfyUiException, InterruptedException {
    Deadline limit = until;
    for (boolean again = false; ; again = true) {
      long start = parts.time().nanos();
      parts.supervisor().awaitReady();
      Duration starting = parts.time().since(start);
      waited = waited.plus(starting);
      limit = limit.later(starting);
      connection = parts.socket().open(limit);
      try {
        for (Prompt.Upload upload : prompt.uploads()) {
          send(upload, limit);
        }
        return limit;
      } catch (IOException e) {
        if (again || !parts.supervisor().mends(e)) {
          throw parts.unreachable(e);
        }
      }
    }
  }

  /** Sends them again when the socket is another one: behind it may be a ComfyUI without them. */
  Deadline renew(Deadline limit) throws ComfyUiException, InterruptedException {
    return parts.socket().open(limit) == connection ? limit : send(limit);
  }

  private void send(Prompt.Upload upload, Deadline limit)
      throws ComfyUiException, IOException, InterruptedException {
    String stored;
    try {
      stored = parts.api().upload(upload.file(), prompt.folder(), upload.fileName(), limit);
    } catch (ComfyUiHttp.BadAnswer e) {
      // Its answer to a full disk is a bare 500
      if (e.status >= 500 && parts.results().lacksRoomFor(upload.file())) {
        throw new ComfyUiException(
            Kind.DISK_FULL, "ComfyUI's disk has no room for an input" + parts.results().left(), e);
      }
      throw e;
    }
    if (!stored.equals(upload.name())) {
      throw new ComfyUiException(
          Kind.FAILED, "ComfyUI stored the input %s as %s".formatted(upload.name(), stored));
    }
  }
}
