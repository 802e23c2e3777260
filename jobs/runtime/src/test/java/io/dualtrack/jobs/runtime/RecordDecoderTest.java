package io.dualtrack.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema.InitializationContext;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.types.Either;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordDecoderTest {

  private static final Suspension SUSPENSION =
      Suspension.newBuilder()
          .setScope(SuspensionScope.PROVIDER)
          .setId("openai")
          .setSuspended(true)
          .setReason("letter of 21 November")
          .setActor("compliance")
          .setAt(Instant.parse("2026-11-21T12:00:00Z"))
          .setEpoch(7L)
          .build();

  @TempDir Path folder;

  private TestRegistry server;
  private SchemaRegistry registry;
  private final List<Either<DeadLetter, Suspension>> read = new ArrayList<>();

  @BeforeEach
  void startRegistry() throws IOException {
    server = new TestRegistry();
    registry = server.location(folder.resolve("producer")).connect();
  }

  @AfterEach
  void stopRegistry() {
    server.close();
  }

  @Test
  void aSoundRecordIsRead() throws IOException {
    decode("provider:openai", bytes());

    assertThat(read).containsExactly(Either.Right(SUSPENSION));
  }

  @Test
  void anUnreadableRecordBecomesADeadLetterWithItsCoordinatesAndWithoutItsContent()
      throws IOException {
    byte[] cut = Arrays.copyOf(bytes(), 12);
    byte[] unknownSchema = bytes();
    unknownSchema[4] = 99;
    decode("k", "no wire format".getBytes(StandardCharsets.UTF_8));
    decode("k", new byte[0]);
    decode("k", cut);
    decode("k", unknownSchema);

    assertThat(read).hasSize(4).allMatch(Either::isLeft);
    assertThat(read)
        .extracting(Either::left)
        .allSatisfy(
            letter -> {
              assertThat(letter.getTopic()).isEqualTo(Topics.SUSPENSIONS.name());
              assertThat(letter.getPartition()).isEqualTo(3);
              assertThat(letter.getOffset()).isEqualTo(42);
              assertThat(letter.getComponent()).isEqualTo("job-test");
              assertThat(letter.getErrorCode()).isEqualTo("UNREADABLE_RECORD");
              assertThat(letter.getErrorMessage()).doesNotContain("no wire format");
            });
  }

  @Test
  void aRegistryThatDoesNotAnswerFailsTheTaskAndLosesNoRecord() throws IOException {
    byte[] sound = bytes();
    server.setDown(true);

    assertThatThrownBy(() -> decode("provider:openai", sound)).isInstanceOf(IOException.class);
    assertThat(read).isEmpty();
  }

  @Test
  void aDeletionIsToldOnATableAndIsADeadLetterOnALog() throws IOException {
    decode("provider:openai", null);
    RecordDecoder<Suspension> log =
        new RecordDecoder<>(
            Topics.SUSPENSIONS.name(),
            RecordForm.Whole.of(Topics.SUSPENSIONS),
            server.location(folder),
            "job-test",
            null);
    decode(log, "provider:openai", null);

    assertThat(read.get(0).right().getReason()).isEqualTo("deleted provider:openai");
    assertThat(read.get(1).left().getErrorCode()).isEqualTo("EMPTY_RECORD");
  }

  private byte[] bytes() {
    return Topics.SUSPENSIONS.serde(registry).serialize(Topics.SUSPENSIONS.name(), SUSPENSION);
  }

  private void decode(String key, byte[] value) throws IOException {
    RecordDecoder<Suspension> table =
        new RecordDecoder<>(
            Topics.SUSPENSIONS.name(),
            RecordForm.Whole.of(Topics.SUSPENSIONS),
            server.location(folder),
            "job-test",
            id -> {
              Suspension deleted = Suspension.newBuilder(SUSPENSION).build();
              deleted.setReason("deleted " + id);
              return deleted;
            });
    decode(table, key, value);
  }

  private void decode(RecordDecoder<Suspension> decoder, String key, byte[] value)
      throws IOException {
    decoder.open(new NoMetrics());
    decoder.deserialize(
        new ConsumerRecord<>(
            Topics.SUSPENSIONS.name(), 3, 42, key.getBytes(StandardCharsets.UTF_8), value),
        new ListCollector<>(read));
  }

  private static final class NoMetrics implements InitializationContext {

    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return SimpleUserCodeClassLoader.create(RecordDecoderTest.class.getClassLoader());
    }
  }
}
