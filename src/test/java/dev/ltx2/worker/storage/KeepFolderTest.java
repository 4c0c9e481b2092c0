package dev.ltx2.worker.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ltx2.worker.common.Checksum;
import dev.ltx2.worker.common.DiskFullException;
import dev.ltx2.worker.common.Leases;
import dev.ltx2.worker.fakes.CapturedLogs;
import dev.ltx2.worker.fakes.ManualTime;
import dev.ltx2.worker.fakes.SmallDisk;
import dev.ltx2.worker.storage.client.ObjectAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeepFolderTest {
  private final ManualTime time = ManualTime.frozen();
  @TempDir Path temp;

  private Path video(int size) throws IOException {
    return Files.write(temp.resolve("v.mp4"), new byte[size]);
  }

  private KeepFolder keep(long maxBytes) {
    return new KeepFolder(temp.resolve("unsent"), new Leases(time), time, maxBytes);
  }

  private static Destination to(String job, String object) {
    return new Destination(job, "a.mp4", Optional.of(new ObjectAddress("videos", object)));
  }

  private static List<String> jobs(KeepFolder keep) throws IOException {
    return keep.list().stream().map(kept -> kept.note().jobId()).toList();
  }

  private void put(KeepFolder keep, String job, int size) throws IOException {
    keep.keep(to(job, "o/" + job), video(size), "why");
    time.advance(Duration.ofMinutes(1));
  }

  @Test
  void writesANoteBesideTheVideo() throws Exception {
    Path kept = keep(100).keep(to("../j", "p/j/a.mp4"), video(9), "GCS upload failed: x");
    assertThat(kept).isEqualTo(temp.resolve("unsent/%2E.%2Fj/a.mp4")).hasSize(9);
    JsonNode note = new ObjectMapper().readTree(Files.readAllBytes(Path.of(kept + ".json")));
    assertThat(note)
        .isEqualTo(
            new ObjectMapper()
                .valueToTree(
                    Map.of(
                        "job_id", "../j",
                        "bucket", "videos",
                        "object", "p/j/a.mp4",
                        "why", "GCS upload failed: x",
                        "when", "2026-02-04T12:00:00Z",
                        "size", 9,
                        "crc32c", Checksum.of(kept).crc32c())));
  }

  @Test
  void theOldestGoWhenItIsFull() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "first", 10);
    put(keep, "second", 60);
    put(keep, "third", 30);
    assertThat(jobs(keep)).containsExactly("first", "second", "third");
    put(keep, "fourth", 50);
    assertThat(jobs(keep)).containsExactly("third", "fourth");
    assertThat(temp.resolve("unsent/first")).doesNotExist();
  }

  @Test
  void theNewestStaysHoweverBig() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "first", 10);
    put(keep, "big", 1000);
    assertThat(jobs(keep)).containsExactly("big");
  }

  /** A clock that is ahead, or was for a while, tells nothing about a video's worth. */
  @Test
  void nothingGoesByItsAge() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "old", 10);
    time.advance(Duration.ofDays(31));
    put(keep, "young", 10);
    time.jumpWallClock(Duration.ofDays(-400));
    put(keep, "before its time", 10);
    assertThat(jobs(keep)).containsExactly("before its time", "old", "young");
  }

  @Test
  void aJobNamedLikeTheAnswersFolderIsKeptBesideIt() throws Exception {
    KeepFolder keep = keep(100);
    Path answers = Files.createDirectories(temp.resolve("unsent/answers"));
    Path answer = Files.writeString(answers.resolve("job.json"), "{}");
    put(keep, "answers", 10);
    assertThat(jobs(keep)).containsExactly("answers");
    assertThat(answers).isDirectoryContaining(answer::equals);
    assertThat(temp.resolve("unsent/%answers/a.mp4")).exists();
  }

  /** What a person or another program left there is no video, and nothing to warn of. */
  @Test
  void aStrangersFileIsNoJob() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "job", 10);
    Files.writeString(temp.resolve("unsent/notes.txt"), "x");
    Files.createDirectories(temp.resolve("unsent/answers/sub.mp4.json"));
    try (CapturedLogs logs = new CapturedLogs()) {
      assertThat(jobs(keep)).containsExactly("job");
      assertThat(logs.lines()).isEmpty();
    }
  }

  @Test
  void aVideoThatIsBeingSentIsNotDroppedForRoom() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "sending", 60);
    try (Leases other = new Leases(time)) {
      assertThat(other.claim(temp.resolve("unsent/sending/a.mp4")))
          .isInstanceOf(Leases.Claim.Ours.class);
      put(keep, "new", 60);
      assertThat(jobs(keep)).containsExactly("sending", "new");
    }
  }

  @Test
  void notesWhoseVideoNeverCameGoAfterADay() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "a", 10);
    put(keep, "b", 10);
    Path old = temp.resolve("unsent/a/a.mp4.json");
    Path young = temp.resolve("unsent/b/a.mp4.json");
    Files.delete(temp.resolve("unsent/a/a.mp4"));
    Files.delete(temp.resolve("unsent/b/a.mp4"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    put(keep, "c", 10);
    assertThat(old).doesNotExist();
    assertThat(young).exists();
  }

  /** Another worker, on another machine, whose uid has made a folder that this one cannot read. */
  @Test
  void aFolderThatCannotBeReadKeepsNoVideoFromBeingKept() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "readable", 10);
    Path closed = Files.createDirectories(temp.resolve("unsent/closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      Assumptions.assumeFalse(
          Files.isReadable(closed), "this user may read every folder, as root does");
      put(keep, "new", 10);
      assertThat(jobs(keep)).containsExactly("readable", "new");
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void foldersThatVanishMeanwhileKeepNoVideoFromBeingKept() throws Exception {
    KeepFolder keep = keep(1_000_000);
    Path unsent = Files.createDirectories(temp.resolve("unsent"));
    AtomicBoolean done = new AtomicBoolean();
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int t = 0; t < 2; t++) {
        Path job = unsent.resolve("others-" + t);
        threads.execute(() -> {
          while (!done.get()) {
            job.toFile().mkdirs();
            job.toFile().delete();
          }
        });
      }
      try {
        for (int i = 0; i < 100; i++) {
          put(keep, "job-" + i, 10);
        }
      } finally {
        done.set(true);
      }
    }
    assertThat(jobs(keep)).hasSize(100);
  }

  @Test
  void aFullFolderSaysSoAndIsLeftAsItWas() throws Exception {
    Path video = Files.write(temp.resolve("big.mp4"), new byte[3_000_000]);
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 2)) {
      KeepFolder keep = new KeepFolder(disk.folder(), new Leases(time), time);
      assertThatThrownBy(() -> keep.keep(to("job", "o"), video, "why"))
          .isInstanceOf(DiskFullException.class)
          .hasMessage(
              "no space left on the disk: 3.0 MB are needed, 2.1 MB are left in "
                  + disk.folder().resolve("job"));
      assertThat(disk.folder()).isEmptyDirectory();
      keep.keep(to("job", "o"), video(9), "why");
      assertThat(jobs(keep)).containsExactly("job");
    }
  }

  /** On one file system keeping is a second name for the same file. */
  @Test
  void aFullDiskOfItsOwnTakesTheVideoAllTheSame() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("small"), 4)) {
      Path made = Files.write(disk.folder().resolve("made.mp4"), new byte[3_000_000]);
      KeepFolder keep = new KeepFolder(disk.folder().resolve("unsent"), new Leases(time), time);
      Path kept = keep.keep(to("job", "o"), made, "why");
      Files.delete(made);
      assertThat(kept).hasSize(3_000_000);
    }
  }

  @Test
  void passesOverWhatIsNoNote() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "good", 10);
    Path folder = Files.createDirectories(temp.resolve("unsent/bad"));
    Files.writeString(folder.resolve("a.mp4"), "video");
    Files.writeString(folder.resolve("a.mp4.json"), "{\"when\":\"yesterday\"}");
    Files.writeString(folder.resolve("gone.mp4.json"), "{}");
    assertThat(jobs(keep)).containsExactly("good");
    assertThat(folder.resolve("a.mp4")).exists();
  }

  @Test
  void removesWhatADyingWorkerLeft() throws Exception {
    Path folder = Files.createDirectories(temp.resolve("unsent/dead"));
    Path torn = Files.writeString(folder.resolve(".x.part"), "half a video");
    Path fresh = Files.writeString(folder.resolve(".y.part"), "being written");
    Files.setLastModifiedTime(torn, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    Files.setLastModifiedTime(fresh, FileTime.from(Instant.now()));
    put(keep(100), "job", 10);
    assertThat(torn).doesNotExist();
    assertThat(fresh).exists();
  }

  /** Its video was sent; its lease stands still, and then its folder is empty. */
  @Test
  void whatAKilledWorkerLeftOfASentVideoIsSwept() throws Exception {
    KeepFolder keep = keep(100);
    put(keep, "waiting", 10);
    Path folder = Files.createDirectories(temp.resolve("unsent/sent"));
    Files.writeString(
        folder.resolve("a.mp4.lease"), "bde3c9a0-0000-0000-0000-000000000000 0000000000000007\n");
    keep.sweep();
    assertThat(folder).as("that worker may live").isDirectoryContaining("glob:**.lease");
    time.advance(Duration.ofSeconds(21));
    keep.sweep();
    assertThat(folder).doesNotExist();
    assertThat(jobs(keep)).containsExactly("waiting");
  }

  @Test
  void aDamagedVideoIsNotSent() throws Exception {
    Path kept = keep(100).keep(to("j", "p/j/a.mp4"), video(9), "x");
    Files.write(kept, new byte[] {1});
    KeptVideos unsent =
        KeptVideos.of(
            StorageSettings.from(
                Map.of("GCS_BUCKET", "videos", "KEEP_DIR", temp.resolve("unsent").toString())));
    assertThatThrownBy(() -> unsent.send(unsent.list().getFirst()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("is damaged");
    assertThat(kept).exists();
  }
}
