package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ltx2.worker.common.Clock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Videos of several runs in one folder, made within one second. */
class LocalStoreTest {
  private static final String NAME = "20260204_175533_ltx2_output_00001-audio.mp4";
  private static final VideoStore NOWHERE =
      (_, _, _, _, _) -> {
        throw new AssertionError("there is no bucket");
      };
  private static final int SIZE = 3_000_000;

  @TempDir private Path temp;

  private Path video(int content) throws Exception {
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) content);
    return Files.write(temp.resolve("film-" + content), bytes);
  }

  private Path folder() {
    return temp.resolve("out");
  }

  private List<Path> inFolder() throws Exception {
    try (Stream<Path> files = Files.list(folder())) {
      return files.sorted().toList();
    }
  }

  private static Stored put(VideoStore store, Path video, String name) throws Exception {
    return store.store("a", video, name, new Target.None(), UploadListener.NONE);
  }

  private static Path file(Stored stored) {
    return ((Stored.Local) stored).file();
  }

  @Test
  void aSecondVideoOfThatNameGetsTheNextNumber() throws Exception {
    VideoStore store = new LocalStore(folder(), NOWHERE, false);
    Path first = file(put(store, video(1), NAME));
    Path second = file(put(store, video(2), NAME));

    assertThat(first).isAbsolute().hasFileName(NAME).hasSameBinaryContentAs(video(1));
    assertThat(second)
        .hasFileName("20260204_175533_ltx2_output_00002-audio.mp4")
        .hasSameBinaryContentAs(video(2));
    put(store, video(1), "plain.mp4");
    assertThat(file(put(store, video(1), "plain.mp4"))).hasFileName("2-plain.mp4");
  }

  @Test
  void theCommandsStoreIsOne() throws Exception {
    StorageSettings none =
        StorageSettings.from(Map.of("KEEP_DIR", temp.resolve("keep").toString()));
    VideoStore store = VideoStores.keptIn(folder(), none, Clock.SYSTEM);

    assertThat(file(put(store, video(1), NAME))).isEqualTo(folder().resolve(NAME));
    assertThat(inFolder()).hasSize(1);
    assertThat(temp.resolve("keep")).doesNotExist();
    assertThat(store.refusal(new Target.None())).isEmpty();
    HttpUrl own = HttpUrl.get("http://127.0.0.1/v");
    assertThat(store.refusal(new Target.PresignedPut(own, Map.of())))
        .contains("output_url: it must be https");
  }

  /** Each run is a store of its own, as a process is: they share nothing but the folder. */
  @Test
  void videosOfManyRunsAtOnceAreAllThereAndNeverSeenByHalves() throws Exception {
    int runs = 24;
    List<Callable<Stored>> each = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      Path video = video(run);
      each.add(() -> put(new LocalStore(folder(), NOWHERE, false), video, NAME));
    }
    Files.createDirectory(folder());
    AtomicBoolean done = new AtomicBoolean();
    try (var threads = Executors.newFixedThreadPool(9)) {
      Future<?> reader =
          threads.submit(() -> {
            while (!done.get()) {
              for (Path file : inFolder()) {
                if (file.toString().endsWith(".mp4")) {
                  assertThat(file).hasSize(SIZE);
                }
              }
            }
            return null;
          });
      List<Future<Stored>> stored;
      try {
        stored = threads.invokeAll(each);
      } finally {
        done.set(true);
      }
      reader.get();
      for (int run = 0; run < runs; run++) {
        assertThat(file(stored.get(run).get())).hasSameBinaryContentAs(video(run));
      }
    }
    assertThat(inFolder())
        .extracting(file -> file.getFileName().toString())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, runs)
                .mapToObj("20260204_175533_ltx2_output_%05d-audio.mp4"::formatted)
                .toList());
  }

  @Test
  void theBucketGetsTheKeptVideoUnderItsOwnName() throws Exception {
    List<String> seen = new ArrayList<>();
    VideoStore bucket =
        (jobId, file, name, _, _) -> {
          seen.add(jobId + " " + folder().relativize(file) + " " + name);
          return new Stored.Uploaded(
              "https://x/" + name, Optional.of("gs://b/" + name), name, Optional.empty());
        };
    VideoStore store = new LocalStore(folder(), bucket, true);
    store.store("job", video(1), NAME, new Target.None(), UploadListener.NONE);
    store.store("job", video(2), NAME, new Target.None(), UploadListener.NONE);

    String next = NAME.replace("00001", "00002");
    assertThat(seen).containsExactly("job " + NAME + " " + NAME, "job " + next + " " + next);
  }

  /** The file is in its owner's folder already: no answer needs it a second time. */
  @Test
  void whatCannotBeSentIsAnsweredWithTheFileAndTheReason() throws Exception {
    VideoStore broken =
        (_, file, _, _, _) -> new Stored.Inline(file, "GCS upload failed: no", Optional.of("no"));
    VideoStore full =
        (_, _, _, _, _) -> {
          throw new StorageException("too big; it is kept at /keep", null);
        };

    Stored inline = put(new LocalStore(folder(), broken, true), video(1), NAME);
    Stored thrown = put(new LocalStore(folder(), full, true), video(2), NAME);

    assertThat(inline)
        .isEqualTo(
            new Stored.Local(folder().resolve(NAME))
                .because(Optional.of("GCS upload failed: no"), Optional.of("no")));
    assertThat(thrown)
        .isEqualTo(
            new Stored.Local(folder().resolve(NAME.replace("00001", "00002")))
                .because(Optional.of("too big; it is kept at /keep"), Optional.empty()));
  }

  @Test
  void aFolderThatIsAFileIsSaid() throws Exception {
    Files.writeString(folder(), "");
    VideoStore store = new LocalStore(folder(), NOWHERE, false);
    assertThatThrownBy(() -> put(store, video(1), NAME))
        .isInstanceOf(StorageException.class)
        .hasMessage("The video could not be written to " + folder() + ": a file is in the way");
  }
}
