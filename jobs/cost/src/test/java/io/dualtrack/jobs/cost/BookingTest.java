package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.jobs.runtime.IdType;
import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Repricing;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BookingTest {

  private static final long AFTER_GRACE = 5_000;
  private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");
  private static final Instant DECEMBER = Instant.parse("2026-12-01T00:00:00Z");

  private KeyedBroadcastOperatorTestHarness<String, byte[], CostControl, LedgerEntry> booking;

  @BeforeEach
  void open() throws Exception {
    booking = harness();
    booking.open();
  }

  @AfterEach
  void close() throws Exception {
    booking.close();
  }

  @Test
  void anExchangeThatComesAgainIsBookedOnce() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));

    enter("x1");
    enter("x1");

    assertThat(ids()).containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT");
  }

  @Test
  void anExchangeThatComesAgainAfterARestartIsBookedOnce() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    enter("x1");
    OperatorSubtaskState checkpoint = booking.snapshot(1, 1);

    try (var restored = harness()) {
      restored.initializeState(checkpoint);
      restored.open();
      restored.processElement(Samples.bytes(exchange("x1")), 0);

      assertThat(restored.extractOutputValues()).isEmpty();
    }
  }

  @Test
  void whatAReleaseWithOtherKeysBookedIsKnown() throws Exception {
    OperatorSubtaskState checkpoint;
    try (var earlier = harness(Types.STRING)) {
      earlier.open();
      earlier.processBroadcastElement(Samples.control(Samples.standardPrice(Samples.OFFERING)), 0);
      earlier.processElement(Samples.bytes(exchange("x1")), 0);
      earlier.processElement(Samples.bytes(Samples.unpriced("x2")), 0);
      checkpoint = earlier.snapshot(1, 1);
    }

    for (int restart = 0; restart < 2; restart++) {
      try (var restored = harness()) {
        restored.initializeState(checkpoint);
        restored.open();
        restored.processElement(Samples.bytes(exchange("x1")), 0);
        assertThat(restored.extractOutputValues()).isEmpty();
        checkpoint = restored.snapshot(2, 2);
        restored.setProcessingTime(AFTER_GRACE);

        assertThat(restored.extractOutputValues())
            .extracting(LedgerEntry::getExchangeId)
            .containsOnly("x2");
      }
    }
  }

  @Test
  void otherFiguresOfTheSameRevisionAreLeftOut() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    enter("x1");
    Exchange other = exchange("x1");
    other.setUsage(Samples.usage(1, 1, 1));

    booking.processElement(Samples.bytes(other), 0);

    assertThat(ids()).containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT");
  }

  @Test
  void laterFiguresTakeTheEarlierOnesBackWhicheverComesFirst() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    Exchange later = exchange("x1");
    later.setUsage(Samples.usage(200, 0, 7));
    later.setRevision(1);

    enter("x1");
    booking.processElement(Samples.bytes(later), 0);
    enter("x1");

    assertThat(cost()).isEqualByComparingTo("0.00121");
    assertThat(tokens()).isEqualTo(207);
    assertThat(exchanges()).isEqualTo(1);
    assertThat(ids())
        .containsExactly(
            "x1/UNCACHED_INPUT",
            "x1/OUTPUT",
            "x1/UNCACHED_INPUT/1-",
            "x1/OUTPUT/1-",
            "x1/UNCACHED_INPUT/1",
            "x1/OUTPUT/1");
  }

  @Test
  void aPriceWithinTheGraceGivesOrdinaryRowsOnly() throws Exception {
    enter("x1");
    enter("x1");
    assertThat(booking.extractOutputValues()).isEmpty();

    know(Samples.standardPrice(Samples.OFFERING));
    booking.setProcessingTime(AFTER_GRACE);

    assertThat(ids()).containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT");
    assertThat(cost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void aLatePriceTakesBackWhatWasWrittenUnpricedAndWritesItPriced() throws Exception {
    enter("x1");
    booking.setProcessingTime(AFTER_GRACE);
    assertThat(booking.extractOutputValues())
        .extracting(LedgerEntry::getPriceStatus)
        .containsExactly(PriceStatus.UNPRICED, PriceStatus.UNPRICED);

    know(Samples.standardPrice(Samples.OFFERING));
    know(Samples.standardPrice(Samples.OFFERING));

    assertThat(ids())
        .containsExactly(
            "x1/UNCACHED_INPUT",
            "x1/OUTPUT",
            "x1/UNCACHED_INPUT/1-",
            "x1/UNCACHED_INPUT/1",
            "x1/OUTPUT/1-",
            "x1/OUTPUT/1");
    assertThat(tokens()).isEqualTo(107);
    assertThat(exchanges()).isEqualTo(1);
    assertThat(cost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void aPriceThatLacksOneClassCorrectsTheOthersAndTheNextVersionTheRest() throws Exception {
    enter("x1");
    booking.setProcessingTime(AFTER_GRACE);

    know(
        Samples.price(
            Samples.OFFERING,
            "2026-01-01T00:00:00Z",
            null,
            Samples.rate("UNCACHED_INPUT", "0.000005")));
    assertThat(cost()).isEqualByComparingTo("0.0005");
    Price whole = Samples.standardPrice(Samples.OFFERING);
    whole.setVersion("2");
    know(whole);

    assertThat(cost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void aPriceOfAnotherOfferingOrAnotherTimeCorrectsNothing() throws Exception {
    enter("x1");
    booking.setProcessingTime(AFTER_GRACE);

    know(Samples.standardPrice("another"));
    know(
        Samples.price(
            Samples.OFFERING, "2026-12-01T00:00:00Z", null, Samples.rate("OUTPUT", "0.00003")));

    assertThat(booking.extractOutputValues()).hasSize(2);
  }

  @Test
  void anUnknownCurrencyIsUnpricedUntilItsRateOfTheDayCame() throws Exception {
    Price price = Samples.standardPrice(Samples.OFFERING);
    price.setCurrency("EUR");
    know(price);
    enter("x1");
    booking.setProcessingTime(AFTER_GRACE);
    assertThat(cost()).isZero();

    know(new CurrencyRate("EUR@2026-11-20", "EUR", "2026-11-20", Samples.money("9"), "ECB"));
    assertThat(cost()).isZero();
    know(new CurrencyRate("EUR@2026-11-21", "EUR", "2026-11-21", Samples.money("1.1"), "ECB"));

    assertThat(cost()).isEqualByComparingTo("0.000781");
    assertThat(last().getPricingCurrency()).isEqualTo("EUR");
    assertThat(last().getCurrency()).isEqualTo("USD");
  }

  @Test
  void aRepricingCompensatesWithinItsRangeOnly() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    enter("x1");
    Exchange earlier = exchange("x2");
    earlier.setAt(Instant.parse("2026-11-19T23:59:59Z"));
    booking.processElement(Samples.bytes(earlier), 0);

    know(doubled());
    assertThat(cost()).isEqualByComparingTo("0.00142");
    know(repricing("r1", "2"));

    assertThat(cost()).isEqualByComparingTo("0.00213");
    assertThat(tokens()).isEqualTo(214);
  }

  @Test
  void aRepricingHoldsForWhatComesAfterIt() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    know(doubled());
    know(repricing("r1", "1"));

    enter("x1");

    assertThat(cost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void whatComesLateForAClosedMonthGoesToTheNextOne() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    enter("x1");
    know(new MonthClose("2026-11", DECEMBER, "finance"));

    enter("x2");
    know(doubled());
    know(repricing("r1", "2"));

    assertThat(cost(NOVEMBER)).isEqualByComparingTo("0.00071");
    assertThat(cost(DECEMBER)).isEqualByComparingTo("0.00213");
    assertThat(booking.extractOutputValues())
        .filteredOn(row -> row.getBillingMonth().equals(DECEMBER))
        .extracting(LedgerEntry::getChargeClass, LedgerEntry::getAt)
        .containsOnly(tuple(ChargeClass.CORRECTION, Samples.NOON));
  }

  @Test
  void withdrawingACloseOpensNothing() throws Exception {
    know(Samples.standardPrice(Samples.OFFERING));
    know(new MonthClose("2026-11", DECEMBER, "finance"));
    booking.processBroadcastElement(new CostControl("2026-11", null), 0);

    enter("x1");

    assertThat(cost(NOVEMBER)).isZero();
  }

  @Test
  void rowsThatWaitSurviveARestart() throws Exception {
    enter("x1");
    booking.setProcessingTime(AFTER_GRACE);
    enter("x2");
    OperatorSubtaskState checkpoint = booking.snapshot(1, 1);

    try (var restored = harness()) {
      restored.initializeState(checkpoint);
      restored.open();
      restored.processBroadcastElement(Samples.control(Samples.standardPrice(Samples.OFFERING)), 0);
      restored.setProcessingTime(2 * AFTER_GRACE);

      assertThat(restored.extractOutputValues())
          .filteredOn(row -> row.getReverses() == null)
          .extracting(LedgerEntry::getEntryId)
          .containsExactlyInAnyOrder(
              "x2/UNCACHED_INPUT", "x2/OUTPUT", "x1/UNCACHED_INPUT/1", "x1/OUTPUT/1");
    }
  }

  private static Price doubled() {
    Price doubled =
        Samples.price(
            Samples.OFFERING,
            "2026-01-01T00:00:00Z",
            null,
            Samples.rate("UNCACHED_INPUT", "0.00001"),
            Samples.rate("OUTPUT", "0.00006"));
    doubled.setVersion("2");
    return doubled;
  }

  private static Repricing repricing(String id, String version) {
    return new Repricing(
        id,
        Samples.OFFERING,
        Instant.parse("2026-11-20T00:00:00Z"),
        DECEMBER,
        version,
        "finance",
        "the provider's correction",
        DECEMBER);
  }

  private static Exchange exchange(String id) {
    return Samples.exchange(id, AnswerSource.PROVIDER, Samples.usage(100, 0, 7));
  }

  private void enter(String id) throws Exception {
    booking.processElement(Samples.bytes(exchange(id)), 0);
  }

  private void know(SpecificRecord record) throws Exception {
    booking.processBroadcastElement(Samples.control(record), 0);
  }

  private List<String> ids() {
    return booking.extractOutputValues().stream().map(LedgerEntry::getEntryId).toList();
  }

  private LedgerEntry last() {
    List<LedgerEntry> rows = booking.extractOutputValues();
    return rows.get(rows.size() - 1);
  }

  private long tokens() {
    return booking.extractOutputValues().stream().mapToLong(LedgerEntry::getTokens).sum();
  }

  private long exchanges() {
    return booking.extractOutputValues().stream().mapToLong(LedgerEntry::getExchanges).sum();
  }

  private BigDecimal cost() {
    return cost(booking.extractOutputValues());
  }

  private BigDecimal cost(Instant month) {
    return cost(
        booking.extractOutputValues().stream()
            .filter(row -> row.getBillingMonth().equals(month))
            .toList());
  }

  private static BigDecimal cost(List<LedgerEntry> rows) {
    return rows.stream()
        .map(LedgerEntry::getCost)
        .filter(Objects::nonNull)
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static KeyedBroadcastOperatorTestHarness<String, byte[], CostControl, LedgerEntry>
      harness() throws Exception {
    return harness(IdType.ID);
  }

  private static KeyedBroadcastOperatorTestHarness<String, byte[], CostControl, LedgerEntry>
      harness(TypeInformation<String> keys) throws Exception {
    KeyedBroadcastOperatorTestHarness<String, byte[], CostControl, LedgerEntry> harness =
        new KeyedBroadcastOperatorTestHarness<>(
            new CoBroadcastWithKeyedOperator<>(
                new Booking(Duration.ofSeconds(3), Duration.ofDays(93), List::of),
                List.of(ControlBroadcast.STATE)),
            ExchangeBytes::id,
            keys,
            8,
            1,
            0);
    harness.setup(new RecordSerializer<>(LedgerEntry.class));
    return harness;
  }
}
