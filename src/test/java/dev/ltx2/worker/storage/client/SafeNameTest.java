package dev.ltx2.worker.storage.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two jobs never share a folder, and none leaves it. */
class SafeNameTest {
  @ParameterizedTest
  @CsvSource({
    "5f2c-e1, 5f2c-e1",
    "sync-1f-e1, sync-1f-e1",
    "local_test.1, local_test.1",
    "../a, %2E.%2Fa",
    ".hidden, %2Ehidden",
    "'a b%', a%20b%25",
    "ü, %C3%BC",
    "'', %"
  })
  void usualIdsStayAsTheyAre(String id, String name) {
    assertThat(SafeName.ofJob(id)).isEqualTo(name);
  }

  @Test
  void longIdsAreToldApart() {
    String id = "a".repeat(200);
    assertThat(SafeName.ofJob(id)).isEqualTo(id);
    assertThat(SafeName.ofJob(id + "a"))
        .startsWith("a".repeat(100) + "%.")
        .hasSizeLessThanOrEqualTo(200)
        .isNotEqualTo(SafeName.ofJob(id + "b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", ".a", "a/b", "a\\b", "a\nb", "a\0"})
  void aFileNameStaysInItsFolder(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafeName.ofFile(name))
        .withMessageStartingWith("Not a plain file name");
  }

  @Test
  void aFileNameLeavesRoomForItsNote() {
    assertThat(SafeName.ofFile("a".repeat(200))).hasSize(200);
    assertThatIllegalArgumentException().isThrownBy(() -> SafeName.ofFile("a".repeat(201)));
  }
}
