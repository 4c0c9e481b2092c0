package dev.ltx2.worker.comfyui;

import dev.ltx2.worker.comfyui.ComfyUiException.Kind;
import dev.ltx2.worker.common.Clock;
import java.io.IOException;

/** The ways to one ComfyUI: its HTTP API for what is true, its WebSocket for when to ask. */
record ComfyUiConnection(ComfyUiApi api, EventSocket socket, Clock time) {
  /** An HTTP call that failed, in words. */
  ComfyUiException unreachable(IOException e) {
    String what =
        e instanceof ComfyUiHttp.BadAnswer
            ? "ComfyUI at %s is of no use: %s"
            : "ComfyUI is not reachable at %s: %s";
    return new ComfyUiException(Kind.UNAVAILABLE, what.formatted(api.shown(), e.getMessage()), e);
  }
}
