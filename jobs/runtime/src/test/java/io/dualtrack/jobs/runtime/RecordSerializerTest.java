package io.dualtrack.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Period;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordSerializerTest {

  private static final CostRollup ROLLUP =
      new CostRollup(
          "id",
          Period.MONTH,
          Instant.parse("2026-11-01T00:00:00Z"),
          "acme",
          null,
          "gpt-5.6-sol",
          "openai-sol-eu",
          Lane.API,
          "EU+UK",
          "USD",
          1L,
          2L,
          3L,
          4L,
          5L,
          6L,
          new BigDecimal("0.000000000000000001"),
          new BigDecimal("99999999999999999999.000000000000000000"),
          "acme-batch",
          "standard",
          null,
          ChargeClass.NONE,
          null,
          false,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          0L,
          0L,
          0L,
          0L,
          0L,
          0L,
          0L);

  @Test
  void aRecordComesBackAsItWasWithItsDecimalsAndTimes() throws IOException {
    TypeSerializer<CostRollup> serializer = new RecordSerializer<>(CostRollup.class);

    assertThat(read(serializer, written(serializer, ROLLUP))).isEqualTo(ROLLUP);
    assertThat(serializer.copy(ROLLUP)).isEqualTo(ROLLUP).isNotSameAs(ROLLUP);
  }

  @Test
  void copyingBetweenStreamsKeepsTheBytes() throws IOException {
    TypeSerializer<CostRollup> serializer = new RecordSerializer<>(CostRollup.class);
    byte[] bytes = written(serializer, ROLLUP);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    serializer.copy(
        new DataInputViewStreamWrapper(new ByteArrayInputStream(bytes)),
        new DataOutputViewStreamWrapper(out));

    assertThat(out.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void aSerializerThatTravelledWithItsTaskStillWorks() throws Exception {
    RecordSerializer<CostRollup> serializer =
        InstantiationUtil.clone(new RecordSerializer<>(CostRollup.class));

    assertThat(read(serializer, written(serializer, ROLLUP))).isEqualTo(ROLLUP);
    assertThat(serializer).isEqualTo(new RecordSerializer<>(CostRollup.class));
  }

  @Test
  void stateOfAnOlderSchemaIsReadIntoTodaysRecord() throws IOException {
    Schema today = CostRollup.getClassSchema();
    Schema older = Schema.createRecord(today.getName(), null, today.getNamespace(), false);
    older.setFields(
        today.getFields().stream()
            .filter(field -> !field.name().equals("costCentre"))
            .map(field -> new Schema.Field(field, field.schema()))
            .toList());
    RecordSerializerSnapshot<CostRollup> before =
        new RecordSerializerSnapshot<>(CostRollup.class, older.toString());
    TypeSerializerSnapshot<CostRollup> now =
        new RecordSerializer<>(CostRollup.class).snapshotConfiguration();

    assertThat(now.resolveSchemaCompatibility(before).isCompatibleAfterMigration()).isTrue();
    assertThat(now.resolveSchemaCompatibility(now).isCompatibleAsIs()).isTrue();
    assertThat(read(before.restoreSerializer(), olderBytes(older))).isEqualTo(ROLLUP);
  }

  @Test
  void stateThatCannotBeReadIsRefusedAndNotGuessed() {
    TypeSerializerSnapshot<CostRollup> now =
        new RecordSerializer<>(CostRollup.class).snapshotConfiguration();
    Schema unrelated = Schema.createRecord("CostRollup", null, "io.dualtrack.schemas", false);
    unrelated.setFields(List.of());

    assertThatThrownBy(
            () ->
                now.resolveSchemaCompatibility(
                    new RecordSerializerSnapshot<>(CostRollup.class, unrelated.toString())))
        .isInstanceOf(SuppressRestartsException.class)
        .cause()
        .hasMessageContaining("CostRollup has another schema")
        .hasMessageContaining("start the release that wrote it");
  }

  @Test
  void aNewProcessReadsStateBeforeAnyOtherClassOfOursIsLoaded(@TempDir Path folder)
      throws Exception {
    RecordSerializer<CostRollup> serializer = new RecordSerializer<>(CostRollup.class);
    Path state = folder.resolve("state");
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(state))) {
      DataOutputViewStreamWrapper view = new DataOutputViewStreamWrapper(out);
      TypeSerializerSnapshot.writeVersionedSnapshot(view, serializer.snapshotConfiguration());
      serializer.serialize(ROLLUP, view);
    }
    Path output = folder.resolve("output");

    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Restore.class.getName(),
                state.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(output)).endsWith(ROLLUP.toString());
    assertThat(process.exitValue()).isZero();
  }

  /** Reads a snapshot and one record, as a task does that restores its state. */
  static final class Restore {

    private Restore() {}

    public static void main(String[] args) throws IOException {
      try (DataInputStream in = new DataInputStream(Files.newInputStream(Path.of(args[0])))) {
        DataInputViewStreamWrapper view = new DataInputViewStreamWrapper(in);
        TypeSerializerSnapshot<?> snapshot =
            TypeSerializerSnapshot.readVersionedSnapshot(view, Restore.class.getClassLoader());
        System.out.print(snapshot.restoreSerializer().deserialize(view));
      }
    }
  }

  private static byte[] olderBytes(Schema older) throws IOException {
    GenericData.Record record = new GenericData.Record(older);
    Schema today = CostRollup.getClassSchema();
    GenericData.Record whole = asGeneric(today);
    for (Schema.Field field : older.getFields()) {
      record.put(field.name(), whole.get(field.name()));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericData.Record>(older).write(record, encoder);
    encoder.flush();
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(framed);
    out.writeInt(bytes.size());
    bytes.writeTo(out);
    return framed.toByteArray();
  }

  private static GenericData.Record asGeneric(Schema schema) throws IOException {
    byte[] bytes = written(new RecordSerializer<>(CostRollup.class), ROLLUP);
    return new GenericDatumReader<GenericData.Record>(schema)
        .read(
            null,
            DecoderFactory.get()
                .binaryDecoder(bytes, Integer.BYTES, bytes.length - Integer.BYTES, null));
  }

  private static <T> byte[] written(TypeSerializer<T> serializer, T record) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    serializer.serialize(record, new DataOutputViewStreamWrapper(out));
    return out.toByteArray();
  }

  private static <T> T read(TypeSerializer<T> serializer, byte[] bytes) throws IOException {
    return serializer.deserialize(new DataInputViewStreamWrapper(new ByteArrayInputStream(bytes)));
  }
}
