package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.RecommendedAction;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClustersTest {

  private static final AbuseThresholds FIVE_ACCOUNTS_TEN_EXCHANGES =
      new AbuseThresholds(5, 10, Duration.ofDays(1), 50, 256, 40);

  private KeyedOneInputStreamOperatorTestHarness<String, Tuple2<String, Exchange>, AbuseAlert> job;

  @BeforeEach
  void open() throws Exception {
    job = harness();
    job.open();
  }

  @AfterEach
  void close() throws Exception {
    job.close();
  }

  @Test
  void fiveAccountsOfOnePaymentWithOneTemplateRaiseAnAlert() throws Exception {
    for (int i = 0; i < 10; i++) {
      process(Samples.exchange("seat-" + i % 5, Samples.templated(1, i), Samples.payment("card")));
    }

    AbuseAlert alert = onlyAlert();
    assertThat(alert.getAccountsAdded())
        .containsExactlyInAnyOrder("seat-0", "seat-1", "seat-2", "seat-3", "seat-4");
    assertThat(alert.getAccountCount()).isEqualTo(5);
    assertThat(alert.getTenant()).isEqualTo("acme");
    assertThat(alert.getScore()).isEqualTo(0.5);
    assertThat(alert.getRaisedAt()).isEqualTo(Samples.NOON);
    assertThat(alert.getRecommendedAction()).isEqualTo(RecommendedAction.REVIEW);
    assertThat(alert.getAlertId()).isEqualTo(alert.getClusterId() + "-1");
    assertThat(alert.getEvidence())
        .containsExactly(
            new Evidence(
                "S1", "accounts sent texts with the same opening skeleton in 10 exchanges"),
            new Evidence(
                "S1", "accounts sent texts of near-equal wording (MinHash) in 10 exchanges"),
            new Evidence("S4", "5 accounts share one means of payment"));
  }

  @Test
  void aSharedTemplateWithoutASharedRelationIsNoEvidence() throws Exception {
    for (int i = 0; i < 100; i++) {
      process(
          Samples.exchange(
              "seat-" + i % 20, Samples.templated(1, i), Samples.payment("card-" + i % 20)));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void aSharedRelationWithoutSharedContentIsNoEvidence() throws Exception {
    for (int i = 0; i < 100; i++) {
      process(Samples.exchange("seat-" + i % 20, Samples.ownText(i), Samples.payment("card")));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void fourAccountsOrNineExchangesAreTooFew() throws Exception {
    for (int i = 0; i < 40; i++) {
      process(Samples.exchange("seat-" + i % 4, Samples.templated(1, i), Samples.payment("card")));
    }
    for (int i = 0; i < 9; i++) {
      process(Samples.exchange("seat-" + i, Samples.templated(2, i), Samples.payment("other")));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void eachFurtherAccountIsReportedOnceAndAnExchangeMoreIsNoNews() throws Exception {
    for (int i = 0; i < 10; i++) {
      process(Samples.exchange("seat-" + i % 5, Samples.templated(1, i), Samples.payment("card")));
    }
    for (int i = 10; i < 40; i++) {
      process(Samples.exchange("seat-" + i % 7, Samples.templated(1, i), Samples.payment("card")));
    }

    assertThat(alerts()).hasSize(3);
    assertThat(alerts())
        .extracting(AbuseAlert::getClusterId)
        .containsOnly(alerts().get(0).getClusterId());
    assertThat(alerts()).extracting(AbuseAlert::getAccountCount).containsExactly(5, 6, 7);
    assertThat(alerts()).flatExtracting(AbuseAlert::getAccountsAdded).doesNotHaveDuplicates();
    assertThat(alerts()).extracting(AbuseAlert::getAlertId).doesNotHaveDuplicates();
  }

  @Test
  void aSecondTemplateOfTheSameAccountsIsTheSameCluster() throws Exception {
    for (int i = 0; i < 60; i++) {
      process(
          Samples.exchange("seat-" + i % 5, Samples.templated(i % 2, i), Samples.payment("card")));
    }

    assertThat(alerts()).hasSize(1);
  }

  @Test
  void accountsOfSeveralTenantsAreDistinctAndTheirAlertNamesNoTenant() throws Exception {
    for (int i = 0; i < 10; i++) {
      process(
          Samples.exchange(
              "tenant-" + i % 5,
              "admin",
              Samples.NOON,
              Samples.templated(1, i),
              Samples.payment("card")));
    }

    assertThat(onlyAlert().getTenant()).isNull();
    assertThat(onlyAlert().getAccountCount()).isEqualTo(5);
  }

  @Test
  void aNetworkWithTooManyAccountsIsNoEvidence() throws Exception {
    for (int i = 0; i < 51; i++) {
      process(Samples.exchange("student-" + i, Samples.ownText(i), Samples.network("campus")));
    }
    for (int i = 0; i < 20; i++) {
      process(Samples.exchange("student-" + i, Samples.templated(1, i), Samples.network("campus")));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void evidenceOlderThanTheWindowIsForgotten() throws Exception {
    for (int i = 0; i < 10; i++) {
      process(
          Samples.exchange(
              "acme",
              "seat-" + i % 5,
              Samples.NOON.plus(Duration.ofHours(25L * i)),
              Samples.templated(1, i),
              Samples.payment("card")));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void aTemplateIsFoundAmongMoreOwnTextsThanARelationRemembers() throws Exception {
    for (int i = 0; i < 600; i++) {
      boolean isTemplated = i % 10 == 0;
      process(
          Samples.exchange(
              "seat-" + i / 10 % 6,
              isTemplated ? Samples.templated(1, i) : Samples.ownText(i),
              Samples.payment("card")));
    }

    assertThat(alerts()).flatExtracting(AbuseAlert::getAccountsAdded).hasSize(6);
  }

  @Test
  void aTextWithoutWordsIsNoContent() throws Exception {
    var features = Samples.ownText(1);
    features.setMinHash(ByteBuffer.allocate(0));
    for (int i = 0; i < 40; i++) {
      process(Samples.exchange("seat-" + i % 8, features, Samples.payment("card")));
    }

    assertThat(alerts()).isEmpty();
  }

  @Test
  void aJobThatIsRestoredRaisesTheSameAlertsAndNoneTwice() throws Exception {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      exchanges.add(
          Samples.exchange("seat-" + i / 4, Samples.templated(i % 2, i), Samples.payment("card")));
    }
    for (Exchange exchange : exchanges) {
      process(exchange);
    }
    List<AbuseAlert> uninterrupted = alerts();
    assertThat(uninterrupted).hasSizeGreaterThan(5);

    for (int cut : new int[] {5, 19, 20, 30, 59}) {
      List<AbuseAlert> interrupted = new ArrayList<>();
      OperatorSubtaskState checkpoint;
      try (var first = harness()) {
        first.open();
        feed(first, exchanges.subList(0, cut));
        checkpoint = first.snapshot(1, 1);
        interrupted.addAll(first.extractOutputValues());
      }
      try (var second = harness()) {
        second.initializeState(checkpoint);
        second.open();
        feed(second, exchanges.subList(cut, exchanges.size()));
        interrupted.addAll(second.extractOutputValues());
      }
      assertThat(interrupted).as("cut at %d", cut).isEqualTo(uninterrupted);
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<
          String, Tuple2<String, Exchange>, AbuseAlert>
      harness() throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, Tuple2<String, Exchange>, AbuseAlert> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new Clusters(FIVE_ACCOUNTS_TEN_EXCHANGES)),
            related -> related.f0,
            Types.STRING);
    harness.setup(new RecordSerializer<>(AbuseAlert.class));
    return harness;
  }

  private void process(Exchange exchange) throws Exception {
    feed(job, List.of(exchange));
  }

  private static void feed(
      KeyedOneInputStreamOperatorTestHarness<String, Tuple2<String, Exchange>, AbuseAlert> harness,
      List<Exchange> exchanges)
      throws Exception {
    for (Exchange exchange : exchanges) {
      new ByRelation()
          .flatMap(
              exchange,
              new Collector<>() {
                @Override
                public void collect(Tuple2<String, Exchange> related) {
                  try {
                    harness.processElement(related, 0);
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                }

                @Override
                public void close() {}
              });
    }
  }

  private List<AbuseAlert> alerts() {
    return job.extractOutputValues();
  }

  private AbuseAlert onlyAlert() {
    assertThat(alerts()).hasSize(1);
    return alerts().get(0);
  }
}
