package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.comfyui.ComfyUi;
import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.queue.EngineState;
import dev.ltx2.worker.rehearsal.Rehearsal;
import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineWatchTest {
  @TempDir private Path temp;

  @Test
  void whatAnswersIsReadyAndWhatDoesNotIsNot() throws Exception {
    URI url;
    try (Rehearsal rehearsal = LtxRehearsal.start(temp);
        ComfyUi comfyUi = new ComfyUi(rehearsal.url(), Optional.empty(), Clock.SYSTEM)) {
      url = rehearsal.url();
      assertThat(new EngineWatch(comfyUi, false, Clock.SYSTEM).get()).isEqualTo(EngineState.READY);
    }
    try (ComfyUi gone = new ComfyUi(url, Optional.empty(), Clock.SYSTEM)) {
      assertThat(new EngineWatch(gone, false, Clock.SYSTEM).get()).isEqualTo(EngineState.UNHEALTHY);
    }
  }
}
