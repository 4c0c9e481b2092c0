package dev.ltx2.worker.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ltx2.worker.common.Clock;
import dev.ltx2.worker.localapi.files.FileFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnFilesTest {
  @TempDir private Path temp;

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8000/files/portrait.png, true",
    "http://127.0.0.1:8000/files/00000000000000000000000000000000.png, true",
    "http://[::1]:8000/v2/local/files/x.png, true",
    "http://192.168.1.7/files/x.png, true",
    "http://localhost:8000/pictures/x.png, false",
    "https://example.com/files/x.png, false",
    "https://1.1.1.1/files/x.png, false",
    "not an address, false",
  })
  void aPrivateAddressWithFilesInItWasMeantForThisServer(String address, boolean lost)
      throws Exception {
    FileFolder files = new FileFolder(temp, Clock.SYSTEM);
    assertThat(new OwnFiles(files, false).apply(address).isPresent()).isEqualTo(lost);
    assertThat(new OwnFiles(files, false).apply(address).stream()).allMatch(Files::notExists);
    assertThat(new OwnFiles(files, true).apply(address)).as("it can be asked").isEmpty();
  }

  @Test
  void whatIsThereIsFoundUnderAnyHost() throws Exception {
    FileFolder files = new FileFolder(temp, Clock.SYSTEM);
    Path file = files.add(Files.writeString(temp.resolve("a"), "x"), "png");
    String address = "https://proxy.example/files/" + file.getFileName();
    assertThat(new OwnFiles(files, false).apply(address)).contains(file);
  }
}
