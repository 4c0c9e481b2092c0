package dev.ltx2.worker.storage.gcs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.storage.StorageException;
import dev.ltx2.worker.storage.client.StoreFault;
import java.io.IOException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator reads of Google Cloud Storage, never in the client's words. */
class GcsFaultWordsTest {
  private static StoreFault fault(Exception thrown, GcsAction action) {
    return GcsFaults.of(thrown, action, "videos");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | 401, the credentials were refused",
        "404 | 404, bucket videos does not exist",
        "412 | 412, an object of this name exists already",
        "429 | 429, too many requests",
        "500 | Google Cloud Storage answered 500"
      })
  void eachStatusHasItsSentence(int code, String words) {
    StoreFault fault =
        fault(new RuntimeException(new StorageException(code, "s3cr3t")), GcsAction.CREATE);
    assertThat(fault).hasMessage(words);
    assertThat(fault.code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "CREATE, storage.objects.create",
    "READ, storage.objects.get",
    "DELETE, storage.objects.delete"
  })
  void namesThePermissionThatIsMissing(GcsAction action, String permission) {
    assertThat(fault(new StorageException(403, "x"), action))
        .hasMessage(
            "403, permission denied: the credentials need " + permission + " on bucket videos");
  }

  @Test
  void withoutAnAnswerItIsTheNetworkOrTheType() {
    StoreFault network =
        fault(
            new StorageException(0, "x", new UnknownHostException("gcs.example.com")),
            GcsAction.CREATE);
    assertThat(network).hasMessage("the host name of the storage was not found: gcs.example.com");
    assertThat(network.code()).isZero();
    assertThat(fault(new IOException("s3cr3t"), GcsAction.CREATE))
        .hasMessage("the connection broke");
    assertThat(fault(new IllegalStateException("s3cr3t"), GcsAction.CREATE))
        .hasMessage("IllegalStateException");
  }

  @Test
  void whatIsToldAlreadyStays() {
    StoreFault told = new StoreFault(404, "404, told");
    assertThat(fault(told, GcsAction.READ)).isSameAs(told);
  }
}
