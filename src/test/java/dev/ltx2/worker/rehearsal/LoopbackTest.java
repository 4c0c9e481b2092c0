package dev.ltx2.worker.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.rehearsal.ltx.LtxRehearsal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rehearsal asks for no password, so nobody outside may reach it. */
class LoopbackTest {
  @Test
  void onlyThisMachineReachesTheRehearsal(@TempDir Path folder) throws Exception {
    List<InetAddress> others = new ArrayList<>(List.of(InetAddress.ofLiteral("127.0.0.2")));
    for (NetworkInterface card : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      Collections.list(card.getInetAddresses()).stream()
          .filter(address -> !address.isLoopbackAddress())
          .forEach(others::add);
    }
    try (Rehearsal rehearsal = LtxRehearsal.start(folder)) {
      int port = rehearsal.url().getPort();
      assertThat(rehearsal.url().getHost()).isEqualTo("127.0.0.1");
      assertThat(reached(InetAddress.ofLiteral("127.0.0.1"), port)).isTrue();
      assertThat(others).noneMatch(address -> reached(address, port));
    }
  }

  private static boolean reached(InetAddress address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
