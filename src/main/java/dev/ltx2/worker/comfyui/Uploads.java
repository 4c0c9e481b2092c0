package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import java.io.IOException;
import java.time.Duration;

/** The inputs of one prompt on their way into ComfyUI. */
final class Uploads {
  private final ComfyUi.Parts parts;
  private final Prompt prompt;
  private Duration waited = Duration.ZERO;

  /** Over which events came when they went in. */
  private int connection;

  Uploads(ComfyUi.Parts parts, Prompt prompt) {
    this.parts = parts;
    this.prompt = prompt;
  }

  /** How long it was waited for ComfyUI to be ready. */
  Duration waited() {
    return waited;
  }

  void send() throws ComfyUiException, InterruptedException {
    for (boolean again = false; ; again = true) {
      long start = parts.time().nanos();
      parts.supervisor().awaitReady();
      waited = waited.plus(parts.time().since(start));
      connection = parts.socket().open();
      try {
        for (Prompt.Upload upload : prompt.uploads()) {
          send(upload);
        }
        return;
      } catch (IOException e) {
        if (again || !parts.supervisor().mends(e)) {
          throw parts.unreachable(e);
        }
      }
    }
  }

  /** Sends them again when the socket is another one: behind it may be a ComfyUI without them. */
  void renew() throws ComfyUiException, InterruptedException {
    if (parts.socket().open() != connection) {
      send();
    }
  }

  private void send(Prompt.Upload upload)
      throws ComfyUiException, IOException, InterruptedException {
    String stored;
    try {
      stored = parts.api().upload(upload.file(), prompt.folder(), upload.fileName());
    } catch (Http.BadAnswer e) {
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
