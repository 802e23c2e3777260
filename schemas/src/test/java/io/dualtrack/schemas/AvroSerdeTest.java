package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final AvroSerde<LedgerEntry> serde = Topics.COST_LEDGER.serde(registry);

  @Test
  void everyDigitOfMoneyAndEveryMillisecondSurvivesTheWire() {
    LedgerEntry entry = entry(new BigDecimal("0.000000275000000000"));

    LedgerEntry read = serde.deserialize("t", serde.serialize("t", entry));

    assertThat(read).isEqualTo(entry);
    assertThat(read.getCost()).isEqualByComparingTo("0.000000275");
    assertThat(read.getAt()).isEqualTo(Instant.ofEpochMilli(1_781_222_400_123L));
  }

  @Test
  void aRecordStartsWithTheMagicByteAndTheIdOfItsSchema() {
    byte[] bytes = serde.serialize("t", entry(BigDecimal.ONE.setScale(18)));

    int id = registry.register("t-value", LedgerEntry.getClassSchema());
    assertThat(bytes).startsWith(0, 0, 0, 0, id);
  }

  @Test
  void nullIsATombstone() {
    assertThat(serde.serialize("t", null)).isNull();
    assertThat(serde.deserialize("t", null)).isNull();
  }

  @Test
  void bytesThatAreNoAvroAreRefusedWithoutShowingThem() {
    assertThatThrownBy(() -> serde.deserialize("t", "my secret prompt".getBytes()))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("wire format")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aCutRecordIsRefused() {
    byte[] whole = serde.serialize("t", entry(BigDecimal.ONE.setScale(18)));
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 5);

    assertThatThrownBy(() -> serde.deserialize("t", cut))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("LedgerEntry");
  }

  @Test
  void aValueThatDoesNotFitIsRefusedWithoutShowingIt() {
    LedgerEntry entry = entry(BigDecimal.ONE.setScale(18));
    entry.setModel(null);

    assertThatThrownBy(() -> serde.serialize("t", entry))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("LedgerEntry")
        .hasMessageNotContaining("globex");
  }

  @Test
  void fieldsThatNobodyNeedsArePassedOver() {
    AvroSerde<Exchange> all = Topics.EXCHANGES.serde(registry);
    AvroSerde<Exchange> few =
        new AvroSerde<>(registry, Exchange.class, Set.of("features", "relations", "rawUsage"));
    Exchange exchange =
        Exchange.newBuilder()
            .setExchangeId("e")
            .setRequestId("r")
            .setReplyKey("b")
            .setTenant("globex")
            .setAccount("a")
            .setAt(Instant.ofEpochMilli(1_781_222_400_123L))
            .setModel("m")
            .setServiceClass(ServiceClass.BATCH)
            .setJurisdictions(List.of("EU"))
            .setOutcome(Outcome.ANSWERED)
            .setSource(AnswerSource.PROVIDER)
            .setUsage(Usage.newBuilder().setUncachedInput(7).setOutput(1).build())
            .setRawUsage("{}")
            .setFeatures(
                Features.newBuilder()
                    .setKeyEpoch(1)
                    .setMinHash(ByteBuffer.wrap(new byte[256]))
                    .setSkeletonPrefix(1L)
                    .setSkeletonSuffix(2L)
                    .setCapabilities(List.of("coding"))
                    .build())
            .setRelations(
                Relations.newBuilder()
                    .setPayment("p")
                    .setNetwork("n")
                    .setAccountCreatedAt(Instant.EPOCH)
                    .build())
            .setTier("batch")
            .build();

    Exchange read = few.deserialize("t", all.serialize("t", exchange));

    exchange.setRawUsage(null);
    exchange.setFeatures(null);
    exchange.setRelations(Relations.newBuilder().build());
    assertThat(read).isEqualTo(exchange);
  }

  @Test
  void aFieldThatIsNotThereCannotBePassedOver() {
    assertThatThrownBy(() -> new AvroSerde<>(registry, Exchange.class, Set.of("feature")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Exchange has no feature");
  }

  private static LedgerEntry entry(BigDecimal cost) {
    return LedgerEntry.newBuilder()
        .setEntryId("e/OUTPUT")
        .setExchangeId("e")
        .setRequestId("r")
        .setReplyKey("b")
        .setTenant("globex")
        .setAccount("a")
        .setAt(Instant.ofEpochMilli(1_781_222_400_123L))
        .setModel("m")
        .setJurisdictions(List.of("EU"))
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(TokenClass.OUTPUT)
        .setTokens(11)
        .setPriceStatus(PriceStatus.PRICED)
        .setCurrency("USD")
        .setCost(cost)
        .setRowsOfExchange(2)
        .build();
  }
}
