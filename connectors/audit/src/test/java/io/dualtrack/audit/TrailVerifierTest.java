package io.dualtrack.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.audit.Finding.Kind;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.TrustedKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrailVerifierTest {

  private static final Instant START = Instant.parse("2026-06-12T08:00:00Z");
  private static final Duration RETENTION = Duration.ofDays(30);
  private static final int PARTITIONS = 3;

  @TempDir Path folder;
  private SigningKey key;
  private TrustedKeys trusted;
  private Path checkpoints;
  private final MemoryTrail trail = new MemoryTrail();
  private Sealer sealer;
  private CheckpointFolder store;

  @BeforeEach
  void makeKey() throws IOException {
    key = SigningKey.openOrCreate(folder.resolve("audit"));
    trusted = TrustedKeys.read(SigningKey.publicFile(folder.resolve("audit")));
    checkpoints = folder.resolve("checkpoints");
    sealer = new Sealer(key);
    store = CheckpointFolder.open(checkpoints);
  }

  /** Offsets have gaps, as the markers of transactions leave them. */
  private void fill(int records, int perCheckpoint, int valueBytes) throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < records; i++) {
      int partition = i % PARTITIONS;
      List<ConsumerRecord<byte[], byte[]>> all = trail.of(partition);
      long offset = all.isEmpty() ? 0 : all.get(all.size() - 1).offset() + 1 + (i % 5 == 0 ? 1 : 0);
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      ConsumerRecord<byte[], byte[]> record =
          MemoryTrail.record(
              partition, offset, START.toEpochMilli() + i * 10L, "request-" + i, value);
      all.add(record);
      sealer.add(record);
      if ((i + 1) % perCheckpoint == 0) {
        store.append(sealer.seal(START.plusMillis(i * 10L)).orElseThrow());
      }
    }
    sealer
        .seal(START.plusMillis(records * 10L))
        .ifPresent(
            last -> {
              try {
                store.append(last);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    store.close();
  }

  private Verdict verify(MemoryTrail changed) throws IOException {
    return verify(changed, START.plusSeconds(60));
  }

  private Verdict verify(MemoryTrail changed, Instant now) throws IOException {
    TrailVerifier verifier = new TrailVerifier(changed, trusted, RETENTION, now);
    CheckpointFolder.read(checkpoints, verifier);
    return verifier.finish();
  }

  private Verdict verifyAfter(Consumer<MemoryTrail> change) throws IOException {
    MemoryTrail changed = trail.copy();
    change.accept(changed);
    return verify(changed);
  }

  private static ConsumerRecord<byte[], byte[]> withValue(
      ConsumerRecord<byte[], byte[]> record, byte[] value) {
    return MemoryTrail.record(
        record.partition(),
        record.offset(),
        record.timestamp(),
        new String(record.key(), StandardCharsets.UTF_8),
        value);
  }

  private static ConsumerRecord<byte[], byte[]> flipped(
      ConsumerRecord<byte[], byte[]> record, int bit) {
    byte[] value = record.value().clone();
    value[bit / 8] ^= (byte) (1 << bit % 8);
    return withValue(record, value);
  }

  @Test
  void anUntouchedTrailIsWhole() throws IOException {
    fill(300, 40, 50);

    Verdict verdict = verify(trail);

    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.records()).isEqualTo(300);
    assertThat(verdict.checkpoints()).isEqualTo(8);
    assertThat(verdict.unsealed()).isZero();
  }

  @Test
  void everySingleBitThatIsFlippedIsFoundAndItsRecordNamed() throws IOException {
    fill(9, 9, 12);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int index = 0; index < 3; index++) {
        ConsumerRecord<byte[], byte[]> record = trail.of(partition).get(index);
        for (int bit = 0; bit < 12 * 8; bit++) {
          int at = bit;
          int place = index;
          int of = partition;

          Verdict verdict = verifyAfter(changed -> changed.of(of).set(place, flipped(record, at)));

          assertThat(verdict.findings())
              .singleElement()
              .satisfies(found -> named(found, Kind.ALTERED, record));
        }
      }
    }
  }

  @Test
  void aChangedKeyOrTimestampIsFoundToo() throws IOException {
    fill(30, 10, 20);
    ConsumerRecord<byte[], byte[]> record = trail.of(1).get(4);

    Verdict key =
        verifyAfter(
            changed ->
                changed
                    .of(1)
                    .set(
                        4,
                        MemoryTrail.record(
                            1, record.offset(), record.timestamp(), "other", record.value())));
    Verdict time =
        verifyAfter(
            changed ->
                changed
                    .of(1)
                    .set(
                        4,
                        MemoryTrail.record(
                            1,
                            record.offset(),
                            record.timestamp() + 1,
                            "request-13",
                            record.value())));

    assertThat(key.findings()).singleElement().satisfies(f -> named(f, Kind.ALTERED, record));
    assertThat(key.findings().get(0).text()).contains("the record of other stands where another");
    assertThat(time.findings()).singleElement().satisfies(f -> named(f, Kind.ALTERED, record));
  }

  @Test
  void everyRecordThatIsRemovedIsFoundAndNamedAlsoTheFirstAndTheLast() throws IOException {
    fill(24, 12, 20);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      for (int index = 0; index < 8; index++) {
        ConsumerRecord<byte[], byte[]> record = trail.of(partition).get(index);
        int place = index;
        int of = partition;

        Verdict verdict = verifyAfter(changed -> changed.of(of).remove(place));

        assertThat(verdict.findings())
            .singleElement()
            .satisfies(found -> named(found, Kind.REMOVED, record));
      }
    }
  }

  @Test
  void aTailThatIsCutOffIsFoundAtItsFirstRecord() throws IOException {
    fill(60, 12, 20);
    ConsumerRecord<byte[], byte[]> first = trail.of(2).get(5);

    Verdict verdict =
        verifyAfter(changed -> changed.of(2).subList(5, changed.of(2).size()).clear());

    assertThat(verdict.findings())
        .singleElement()
        .satisfies(found -> named(found, Kind.REMOVED, first));
  }

  @Test
  void aPartitionThatIsEmptiedIsFound() throws IOException {
    fill(60, 12, 20);

    Verdict verdict = verifyAfter(changed -> changed.of(0).clear());

    assertThat(verdict.findings())
        .singleElement()
        .satisfies(found -> named(found, Kind.REMOVED, trail.of(0).get(0)));
  }

  @Test
  void recordsThatChangePlacesAreFoundAtTheFirstOfThem() throws IOException {
    fill(24, 12, 20);
    for (int index = 0; index + 1 < 8; index++) {
      ConsumerRecord<byte[], byte[]> first = trail.of(1).get(index);
      ConsumerRecord<byte[], byte[]> second = trail.of(1).get(index + 1);
      int place = index;

      Verdict verdict =
          verifyAfter(
              changed -> {
                changed.of(1).set(place, moved(second, first.offset()));
                changed.of(1).set(place + 1, moved(first, second.offset()));
              });

      assertThat(verdict.findings())
          .singleElement()
          .satisfies(found -> named(found, Kind.ALTERED, first));
    }
  }

  private static ConsumerRecord<byte[], byte[]> moved(
      ConsumerRecord<byte[], byte[]> record, long offset) {
    return MemoryTrail.record(
        record.partition(),
        offset,
        record.timestamp(),
        new String(record.key(), StandardCharsets.UTF_8),
        record.value());
  }

  @Test
  void aRecordThatIsPutIntoAGapIsFound() throws IOException {
    fill(60, 12, 20);
    List<ConsumerRecord<byte[], byte[]>> all = trail.of(0);
    int gap = 1;
    while (all.get(gap).offset() == all.get(gap - 1).offset() + 1) {
      gap++;
    }
    int place = gap;
    ConsumerRecord<byte[], byte[]> forged =
        MemoryTrail.record(0, all.get(gap).offset() - 1, 0, "forged", new byte[] {1});

    Verdict verdict = verifyAfter(changed -> changed.of(0).add(place, forged));

    assertThat(verdict.findings())
        .singleElement()
        .satisfies(found -> named(found, Kind.ADDED, forged));
  }

  @Test
  void oneBitRecordOrPairInAHundredThousandIsFoundAndNamed() throws IOException {
    fill(100_000, 2_000, 700);
    Random random = new Random(11);
    int partition = random.nextInt(PARTITIONS);
    int place = 1 + random.nextInt(33_000);
    ConsumerRecord<byte[], byte[]> record = trail.of(partition).get(place);
    ConsumerRecord<byte[], byte[]> next = trail.of(partition).get(place + 1);

    assertThat(verify(trail.copy(), START.plusSeconds(1_100)).whole()).isTrue();
    Verdict altered =
        verifyAfter(
            changed -> changed.of(partition).set(place, flipped(record, random.nextInt(5_600))));
    Verdict removed = verifyAfter(changed -> changed.of(partition).remove(place));
    Verdict reordered =
        verifyAfter(
            changed -> {
              changed.of(partition).set(place, moved(next, record.offset()));
              changed.of(partition).set(place + 1, moved(record, next.offset()));
            });

    assertThat(altered.findings().get(0)).satisfies(f -> named(f, Kind.ALTERED, record));
    assertThat(removed.findings().get(0)).satisfies(f -> named(f, Kind.REMOVED, record));
    assertThat(reordered.findings().get(0)).satisfies(f -> named(f, Kind.ALTERED, record));
  }

  @Test
  void anyChangeOfACheckpointIsFound() throws IOException {
    fill(6, 3, 20);
    Path file = CheckpointFolder.files(checkpoints).get(0);
    byte[] sound = Files.readAllBytes(file);
    // Without its end the last line is one that is still being written.
    for (int at = 0; at < sound.length - 1; at += 5) {
      byte[] damaged = sound.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);

      assertThat(verify(trail.copy()).whole()).as("bit 0 of byte %d", at).isFalse();
    }
  }

  @Test
  void aCheckpointThatIsTakenOutIsFound() throws IOException {
    fill(40, 10, 20);
    Path file = CheckpointFolder.files(checkpoints).get(0);
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.remove(1);
    Files.write(file, lines);

    assertThat(verify(trail.copy()).findings())
        .first()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(Kind.CHECKPOINT_REMOVED);
              assertThat(found.checkpoint()).isEqualTo(3);
            });
  }

  @Test
  void checkpointsOfAnotherKeyCountForNothing() throws IOException {
    fill(30, 10, 20);
    SigningKey other = SigningKey.openOrCreate(folder.resolve("other"));
    trusted = TrustedKeys.read(SigningKey.publicFile(folder.resolve("other")));

    assertThat(other.id()).isNotEqualTo(key.id());
    assertThat(verify(trail.copy()).findings())
        .isNotEmpty()
        .first()
        .satisfies(found -> assertThat(found.kind()).isEqualTo(Kind.CHECKPOINT_ALTERED));
  }

  @Test
  void recordsThatRetentionTookAreExpiredAndTheRestIsProvenFromThereOn() throws IOException {
    fill(60, 12, 20);
    MemoryTrail kept = trail.copy();
    kept.of(0).subList(0, 7).clear();
    kept.of(1).subList(0, 12).clear();

    Verdict later = verify(kept.copy(), START.plus(RETENTION).plusSeconds(30));
    Verdict tooSoon = verify(kept.copy(), START.plusSeconds(30));

    assertThat(later.findings())
        .noneMatch(found -> found.kind() == Kind.REMOVED || found.kind() == Kind.ALTERED);
    assertThat(later.expired()).isEqualTo(19);
    assertThat(later.records()).isEqualTo(41);
    assertThat(tooSoon.findings()).extracting(Finding::kind).contains(Kind.REMOVED);
  }

  @Test
  void aSealerThatGoesOnMakesTheSameChainAsOneThatNeverStopped() throws IOException {
    fill(40, 10, 20);
    Sealer resumed = new Sealer(key);
    for (Path file : CheckpointFolder.files(checkpoints)) {
      CheckpointFolder.readFile(file, resuming(resumed));
    }
    ConsumerRecord<byte[], byte[]> next =
        MemoryTrail.record(0, 100, START.toEpochMilli(), "request-x", new byte[] {1});
    resumed.add(next);
    sealer.add(next);

    Checkpoint one = resumed.seal(START).orElseThrow();
    Checkpoint other = sealer.seal(START).orElseThrow();

    assertThat(one.hash()).isEqualTo(other.hash());
    assertThat(one.number()).isEqualTo(5);
  }

  private static CheckpointFolder.Reader resuming(Sealer sealer) {
    return new CheckpointFolder.Reader() {
      @Override
      public void checkpoint(Checkpoint checkpoint) {
        sealer.resume(checkpoint);
      }

      @Override
      public void unreadable(String place) {
        throw new AssertionError(place);
      }
    };
  }

  @Test
  void aLineThatAProcessDidNotFinishIsNoFindingAndIsTakenAwayAtTheNextStart() throws IOException {
    fill(40, 10, 20);
    Path file = CheckpointFolder.files(checkpoints).get(0);
    String sound = Files.readString(file);
    Files.writeString(file, sound + "{\"number\":5,");

    assertThat(verify(trail.copy()).whole()).isTrue();
    CheckpointFolder.open(checkpoints).close();
    assertThat(Files.readString(file)).isEqualTo(sound);
  }

  @Test
  void recordsThatNobodySealsAreSaidAfterAMinuteAndCountedBefore() throws IOException {
    fill(30, 10, 20);
    MemoryTrail longer = trail.copy();
    longer
        .of(0)
        .add(
            MemoryTrail.record(
                0, 1_000, START.plusSeconds(10).toEpochMilli(), "late", new byte[1]));

    Verdict soon = verify(longer.copy(), START.plusSeconds(20));
    Verdict late = verify(longer.copy(), START.plusSeconds(120));

    assertThat(soon.whole()).isTrue();
    assertThat(soon.unsealed()).isEqualTo(1);
    assertThat(late.findings())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(Kind.NOT_SEALED);
              assertThat(found.requestId()).isEqualTo("late");
            });
  }

  private static void named(Finding found, Kind kind, ConsumerRecord<byte[], byte[]> record) {
    assertThat(found.kind()).isEqualTo(kind);
    assertThat(found.topic()).isEqualTo(MemoryTrail.TOPIC);
    assertThat(found.partition()).isEqualTo(record.partition());
    assertThat(found.offset()).isEqualTo(record.offset());
    assertThat(found.requestId()).isEqualTo(new String(record.key(), StandardCharsets.UTF_8));
  }
}
