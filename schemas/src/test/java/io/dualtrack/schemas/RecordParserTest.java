package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordParserTest {

  private static final String TOPIC = Topics.EXCHANGES.name();
  private static final Set<String> UNREAD = Set.of("features", "relations", "rawUsage");

  private final RandomRecords samples = new RandomRecords(11);
  private final SchemaRegistry registry = SchemaRegistry.inMemory();

  @ParameterizedTest
  @MethodSource("io.dualtrack.schemas.RandomRecords#types")
  void whatAvroWroteIsReadAsItWas(Class<SpecificRecord> type) throws IOException {
    RecordParser<SpecificRecord> parser = new RecordParser<>(type);
    for (int i = 0; i < 20; i++) {
      SpecificRecord record = samples.record(type);
      byte[] bytes = RandomRecords.avroBytes(record);

      assertThat(parser.parse(bytes, 0, bytes.length)).isEqualTo(record);
    }
  }

  @ParameterizedTest
  @MethodSource("io.dualtrack.schemas.RandomRecords#types")
  void aRecordThatIsCutOffAnywhereIsRefused(Class<SpecificRecord> type) throws IOException {
    RecordParser<SpecificRecord> parser = new RecordParser<>(type);
    byte[] bytes = RandomRecords.avroBytes(samples.record(type));
    for (int cut = 0; cut < bytes.length; cut++) {
      int end = cut;

      assertThatThrownBy(() -> parser.parse(bytes, 0, end)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void namesThatAreRepeatedAreMadeOnceAndStayRight() throws IOException {
    RecordParser<Exchange> parser =
        new RecordParser<>(Exchange.class, Set.of("tenant", "offering", "jurisdictions"));
    for (int i = 0; i < 5_000; i++) {
      Exchange exchange = samples.record(Exchange.class);
      exchange.setTenant("tenant-" + i % 3_000);
      byte[] bytes = RandomRecords.avroBytes(exchange);

      Exchange first = parser.parse(bytes, 0, bytes.length);
      Exchange second = parser.parse(bytes, 0, bytes.length);

      assertThat(first).isEqualTo(exchange);
      assertThat(second.getTenant()).isSameAs(first.getTenant());
    }
  }

  @Test
  void aTrimmedRecordLacksWhatNobodyReadsAndNothingElse() throws IOException {
    RecordTrimmer<Exchange> trimmer = new RecordTrimmer<>(registry, Exchange.class, UNREAD);
    for (int i = 0; i < 100; i++) {
      Exchange exchange = samples.record(Exchange.class);
      byte[] trimmed = trimmer.trim(TOPIC, wire(exchange));

      exchange.setFeatures(null);
      exchange.setRelations(Relations.newBuilder().build());
      exchange.setRawUsage(null);
      assertThat(trimmed).isEqualTo(RandomRecords.avroBytes(exchange));
    }
  }

  @Test
  void whatWasWrittenWithAnotherSchemaIsTrimmedToTodays() throws IOException {
    Exchange exchange = samples.record(Exchange.class);
    SchemaRegistry foreign = SchemaRegistry.inMemory();
    byte[] wire = Topics.EXCHANGES.serde(foreign).serialize(TOPIC, exchange);
    // The same fields under a schema that is not equal to today's.
    Schema others = new Schema.Parser().parse(exchange.getSchema().toString());
    others.addProp("owner", "others");
    wire[4] = (byte) registry.register(TOPIC + "-value", others);

    byte[] trimmed = new RecordTrimmer<>(registry, Exchange.class, UNREAD).trim(TOPIC, wire);

    exchange.setFeatures(null);
    exchange.setRelations(Relations.newBuilder().build());
    exchange.setRawUsage(null);
    assertThat(trimmed).isEqualTo(RandomRecords.avroBytes(exchange));
  }

  @Test
  void aRecordThatCannotBeReadIsNotTrimmed() {
    RecordTrimmer<Exchange> trimmer = new RecordTrimmer<>(registry, Exchange.class, UNREAD);
    byte[] wire = wire(samples.record(Exchange.class));
    for (int cut = 0; cut < wire.length; cut++) {
      byte[] rest = Arrays.copyOf(wire, cut);

      assertThatThrownBy(() -> trimmer.trim(TOPIC, rest))
          .isInstanceOf(SerializationException.class);
    }
  }

  private byte[] wire(Exchange exchange) {
    return Topics.EXCHANGES.serde(registry).serialize(TOPIC, exchange);
  }
}
