package dev.ltx2.worker.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.ltx2.worker.fakes.SmallDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
  @TempDir Path temp;

  /** Some network mounts answer statfs with nothing but zeros. */
  private static FileStore store(long total, long usable) {
    return new FileStore() {
      @Override
      public String name() {
        return "mount";
      }

      @Override
      public String type() {
        return "fuse";
      }

      @Override
      public boolean isReadOnly() {
        return false;
      }

      @Override
      public long getTotalSpace() {
        return total;
      }

      @Override
      public long getUsableSpace() {
        return usable;
      }

      @Override
      public long getUnallocatedSpace() {
        return usable;
      }

      @Override
      public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        return false;
      }

      @Override
      public boolean supportsFileAttributeView(String name) {
        return false;
      }

      @Override
      public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Object getAttribute(String attribute) {
        throw new UnsupportedOperationException();
      }
    };
  }

  @Test
  void unknownIsNotFull() throws Exception {
    assertThat(DiskSpace.free(store(0, 0))).isEmpty();
    assertThat(DiskSpace.free(store(100, 0))).hasValue(0);
    assertThat(DiskSpace.free(store(100, 40))).hasValue(40);
    assertThat(DiskSpace.left(temp, DiskSpace.free(store(0, 0))))
        .isEqualTo("how much is left in " + temp + " is unknown");
    // A real one that says nothing: statfs of /proc has no blocks
    assertThat(DiskSpace.free(Path.of("/proc"))).isEmpty();
    assertThatCode(() -> DiskSpace.require(Path.of("/proc"), 1L << 50)).doesNotThrowAnyException();
  }

  @Test
  void sizesAreInTheUnitThatIsReadWithEase() {
    assertThat(DiskSpace.size(12_340_000)).isEqualTo("12.3 MB");
    assertThat(DiskSpace.size(999_000_000)).isEqualTo("999.0 MB");
    assertThat(DiskSpace.size(77_540_000_000L)).isEqualTo("77.5 GB");
  }

  @Test
  void aFolderThatIsNotThereYetIsWhereItsParentIs() {
    assertThat(DiskSpace.free(temp.resolve("not/yet"))).isPresent();
  }

  @Test
  void knowsWhatTheOperatingSystemSays() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 1)) {
      disk.fill();
      Path more = disk.folder().resolve("more");
      assertThatCode(() -> Files.write(more, new byte[9])).matches(DiskSpace::isWanting);
    }
  }

  @Test
  void looksBehindAFailureAndOnlyAtThoseOfFiles() {
    IOException full = new FileSystemException("/a", null, "No space left on device");
    assertThat(DiskSpace.isWanting(new UncheckedIOException(full))).isTrue();
    assertThat(DiskSpace.isWanting(new IllegalStateException(new IOException(full)))).isTrue();
    assertThat(DiskSpace.isWanting(new IOException("Disk quota exceeded"))).isTrue();
    assertThat(DiskSpace.isWanting(new IOException())).isFalse();
    assertThat(DiskSpace.isWanting(new IllegalStateException("prompt: No space left on device")))
        .isFalse();
  }
}
