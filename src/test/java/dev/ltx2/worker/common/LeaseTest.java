package dev.ltx2.worker.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ltx2.worker.common.Leases.Claim;
import dev.ltx2.worker.fakes.FastTime;
import dev.ltx2.worker.fakes.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
  private static final Duration RENEWAL = Leases.Pace.DEFAULT.renewal();
  private static final Duration FREE = Leases.Pace.DEFAULT.free();

  @TempDir Path folder;

  /** Two machines: neither's time moves with the other's. */
  private final ManualTime ownersTime = ManualTime.frozen();

  private final ManualTime othersTime = ManualTime.frozen();
  private final Leases owner = new Leases(ownersTime);
  private final Leases other = new Leases(othersTime);
  private Path entry;

  @BeforeEach
  void makeEntry() throws IOException {
    entry = Files.writeString(folder.resolve("answer.json"), "{}");
  }

  @AfterEach
  void close() {
    owner.close();
    other.close();
  }

  @Test
  void holdsAnEntryAloneAndGivesItBack() {
    Lease lease = ours(owner.claim(entry));

    assertThat(lease.held()).isTrue();
    assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
    assertThat(owner.claim(entry)).isInstanceOf(Claim.Theirs.class);
    lease.close();
    assertThat(lease.held()).isFalse();
    assertThat(ours(other.claim(entry)).held()).isTrue();
  }

  @Test
  void isRenewedForAsLongAsItsOwnerLives() throws Exception {
    Lease lease = ours(owner.claim(entry));
    for (int i = 0; i < 10; i++) {
      String before = text();
      // A lease that is renewed too late is given up.
      await()
          .pollInterval(Duration.ofMillis(2))
          .until(() -> {
            if (text().equals(before) && ownersTime.sleeps("leases")) {
              ownersTime.advance(Duration.ofSeconds(1));
            }
            return !text().equals(before);
          });
      assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
      othersTime.advance(FREE.minusMillis(1));
      assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
    }
    assertThat(lease.held()).isTrue();
  }

  @Test
  void isFreeWhenItHasNotChangedForLongWhateverTheTimeStampsSay() throws Exception {
    Path dead = Files.writeString(Lease.fileOf(entry), "a dead worker 7");
    Files.setLastModifiedTime(dead, FileTime.from(Instant.now().plus(Duration.ofDays(31))));

    assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
    othersTime.advance(FREE.minusMillis(1));
    assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
    othersTime.advance(Duration.ofMillis(1));
    assertThat(ours(other.claim(entry)).held()).isTrue();
    assertThat(names()).containsExactlyInAnyOrder("answer.json", "answer.json.lease");
  }

  /** Killed between making the file and writing its name. */
  @Test
  void anEmptyLeaseIsFreedToo() throws Exception {
    Files.createFile(Lease.fileOf(entry));

    assertThat(other.claim(entry)).isInstanceOf(Claim.Theirs.class);
    othersTime.advance(FREE);
    assertThat(ours(other.claim(entry)).held()).isTrue();
  }

  @Test
  void aFrozenOwnerNoticesThatItLostItAndLeavesTheNewOnesAlone() throws Exception {
    Lease lost = ours(owner.claim(entry));
    other.claim(entry);
    othersTime.advance(FREE);
    Lease taken = ours(other.claim(entry));

    assertThat(lost.held()).isFalse();
    ownersTime.advance(RENEWAL);
    lost.renew();
    lost.close();
    assertThat(taken.held()).isTrue();
    assertThat(entry).exists();
  }

  /** The other is about to claim it and would not see a renewal that comes this late. */
  @Test
  void aLeaseNotRenewedInTimeIsLostEvenIfNobodyTookIt() {
    ManualTime asleep = ManualTime.frozen();
    try (Leases slow = new Leases(new Leases.Pace(Duration.ofDays(1), FREE), asleep)) {
      Lease lease = ours(slow.claim(entry));
      asleep.advance(FREE);
      assertThat(lease.held()).isFalse();
    }
  }

  @Test
  void ofManyWhoFindADeadWorkersLeaseOneGetsIt() throws Exception {
    int workers = 8;
    CyclicBarrier start = new CyclicBarrier(workers);
    ManualTime time = ManualTime.frozen();
    List<Leases> all = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      all.add(new Leases(time));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(workers)) {
      for (int round = 0; round < 100; round++) {
        Path each = Files.writeString(folder.resolve("entry-" + round), "");
        Files.writeString(Lease.fileOf(each), "dead " + round);
        all.forEach(leases -> leases.claim(each));
        time.advance(FREE);
        List<Callable<Claim>> claims = new ArrayList<>();
        for (Leases leases : all) {
          claims.add(() -> {
            start.await();
            return leases.claim(each);
          });
        }
        List<Lease> held = new ArrayList<>();
        for (Future<Claim> claim : threads.invokeAll(claims)) {
          if (claim.get() instanceof Claim.Ours(Lease lease) && lease.held()) {
            held.add(lease);
          }
        }
        assertThat(held).as("round %d", round).hasSize(1);
        held.getFirst().close();
      }
    } finally {
      all.forEach(Leases::close);
    }
  }

  @Test
  void anEntryThatIsGoneIsNotClaimed() throws Exception {
    Files.delete(entry);

    assertThat(owner.claim(entry)).isInstanceOf(Claim.NoEntry.class);
    assertThat(names()).isEmpty();
  }

  @Test
  void anEntryYetToBeMadeIsLeasedBeforeItIsSeen() {
    Path next = folder.resolve("next.json");

    assertThat(ours(owner.claimNew(next)).held()).isTrue();
    assertThat(other.claimNew(next)).isInstanceOf(Claim.Theirs.class);
  }

  @Test
  void aFolderThatCannotBeWrittenOrHasVanishedIsAnAnswer() throws Exception {
    assertThat(owner.claimNew(folder.resolve("no/such/entry")))
        .isInstanceOf(Claim.Inaccessible.class);
    assertThat(owner.claim(folder.resolve("no/such/entry"))).isInstanceOf(Claim.NoEntry.class);
    owner.sweep(folder.resolve("no"));
    Path shut = Files.createDirectory(folder.resolve("shut"));
    Path inside = Files.writeString(shut.resolve("entry"), "");
    Files.createDirectory(Lease.fileOf(inside));
    assertThat(owner.claim(inside)).isInstanceOf(Claim.Inaccessible.class);
    Files.delete(Lease.fileOf(inside));
    Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("r-x------"));
    try {
      // Root writes everywhere.
      if (!Files.isWritable(shut)) {
        assertThat(owner.claim(inside)).isInstanceOf(Claim.Inaccessible.class);
      }
    } finally {
      Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void aFolderThatVanishesWhileItIsHeldEndsTheLeaseOnly() throws Exception {
    Lease lease = ours(owner.claim(entry));
    Files.delete(Lease.fileOf(entry));
    Files.delete(entry);
    Files.delete(folder);

    lease.renew();
    assertThat(lease.held()).isFalse();
    lease.close();
    Files.createDirectory(folder);
  }

  @Test
  void sweepsWhatKilledWorkersLeftOfEntriesThatAreGone() throws Exception {
    Files.writeString(folder.resolve("gone.json.lease"), "dead");
    Files.writeString(folder.resolve(".0a1b.lease"), "dead, while it took another's away");
    Lease coming = ours(owner.claimNew(folder.resolve("coming.json")));

    other.sweep(folder);
    othersTime.advance(FREE);
    coming.renew();
    other.sweep(folder);

    assertThat(names()).containsExactlyInAnyOrder("answer.json", "coming.json.lease");
    assertThat(coming.held()).isTrue();
  }

  /** As on a volume whose connection hiccups: what stands in the file counts, once it is back. */
  @Test
  void aRenewalThatFailsOnceCostsNothing() throws Exception {
    Lease lease = ours(owner.claim(entry));
    Path file = Lease.fileOf(entry);
    Path away = folder.resolve("away");
    Files.move(file, away);
    Files.createDirectory(file);
    lease.renew();
    assertThat(lease.held()).isFalse();
    Files.delete(file);
    Files.move(away, file);

    assertThat(lease.held()).isTrue();
  }

  @Test
  void aLeaseOfManySecondsIsRenewedByItsOwnThread() throws Exception {
    FastTime fast = new FastTime(20);
    try (Leases living = new Leases(fast);
        Leases watching = new Leases(fast)) {
      Lease lease = ours(living.claim(entry));
      String first = text();
      await()
          .until(() -> {
            assertThat(watching.claim(entry)).isInstanceOf(Claim.Theirs.class);
            return !lease.held() || Long.parseLong(text().substring(37).strip()) > 8;
          });
      assertThat(lease.held()).isTrue();
      assertThat(text()).isNotEqualTo(first).hasSameSizeAs(first);
    }
    assertThat(names()).containsExactly("answer.json");
  }

  @Test
  void closingGivesEverythingBack() throws Exception {
    Path second = Files.writeString(folder.resolve("second"), "", StandardOpenOption.CREATE_NEW);
    owner.claim(entry);
    owner.claim(second);
    owner.close();

    assertThat(names()).containsExactlyInAnyOrder("answer.json", "second");
    assertThat(owner.claim(entry)).isInstanceOf(Claim.Inaccessible.class);
  }

  private static Lease ours(Claim claim) {
    assertThat(claim).isInstanceOf(Claim.Ours.class);
    return ((Claim.Ours) claim).lease();
  }

  private String text() throws IOException {
    return Files.readString(Lease.fileOf(entry));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
