package io.dualtrack.local.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrafficAndCapacityTest {

  private static final Instant NOON = Instant.parse("2026-06-20T12:00:00Z");

  private final Traffic traffic = new Traffic("sol", "llama");

  @Test
  void callsAreCountedByMinuteAndSizeAndCopiesAndCacheHitsAreNone() {
    traffic.add(exchange("sol", 0, 100, 20).build());
    traffic.add(exchange("sol", 59, 300, 2_000).build());
    traffic.add(exchange("sol", 60, 200, 40).build());
    traffic.add(exchange("sol", 60, 200, 40).setSource(AnswerSource.CACHE).build());
    traffic.add(exchange("sol", 60, 200, 40).setShadow(true).build());
    traffic.add(exchange("llama", 60, 250, 50).setShadow(true).build());

    assertThat(traffic.calls()).isEqualTo(3);
    assertThat(traffic.peak()).isEqualTo(2);
    assertThat(traffic.meanInput()).isEqualTo(200);
    assertThat(traffic.longestSeenByTo()).isEqualTo(250);
    assertThat(traffic.longerThanSeen()).isEqualTo(1);
    assertThat(traffic.bestMinuteOfTo()).isEqualTo(50);
    assertThat(traffic.minutesOfTo()).isEmpty();
  }

  @Test
  void whatComesAboveTheRateWaitsAndDrains() {
    calls("sol", 0, 30);
    calls("sol", 60, 30);
    calls("llama", 60, 5);

    Capacity capacity = Capacity.of(llama(20L), traffic, Optional.empty()).orElseThrow();

    assertThat(capacity.perMinute()).isEqualTo(20);
    assertThat(capacity.limit()).contains("requests per minute");
    assertThat(capacity.peak()).isEqualTo(35);
    assertThat(capacity.mostWaiting()).isEqualTo(25);
    assertThat(capacity.drainMinutes()).isEqualTo(2);
    assertThat(capacity.carries()).isFalse();
  }

  @Test
  void theTimeOfACallAndHowManyGoAtOnceAreALimitToo() {
    calls("sol", 0, 30);

    Capacity capacity = Capacity.of(llama(1_000L), traffic, Optional.of(3_000.0)).orElseThrow();

    // Two at a time of three seconds each.
    assertThat(capacity.perMinute()).isEqualTo(40);
    assertThat(capacity.carries()).isTrue();
  }

  @Test
  void withoutAQuotaOrAMeasuredCallNothingIsKnown() {
    calls("sol", 0, 30);

    assertThat(Capacity.of(llama(null), traffic, Optional.empty())).isEmpty();
  }

  private void calls(String offering, long second, int count) {
    for (int i = 0; i < count; i++) {
      traffic.add(exchange(offering, second, 100, 20).build());
    }
  }

  static Exchange.Builder exchange(String offering, long second, long input, long output) {
    return Exchange.newBuilder()
        .setExchangeId("e")
        .setRequestId("r")
        .setReplyKey("r")
        .setTenant("acme")
        .setAccount("a")
        .setAt(NOON.plusSeconds(second))
        .setModel("gpt")
        .setOffering(offering)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of())
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setUsage(Usage.newBuilder().setUncachedInput(input).setOutput(output).build())
        .setRelations(Relations.newBuilder().build());
  }

  static Offering llama(Long requestsPerMinute) {
    return Offering.newBuilder()
        .setId("llama")
        .setModel("llama")
        .setProviderModel("llama")
        .setProvider("home")
        .setLane(Lane.LOCAL)
        .setWeights(Weights.OPEN)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("DE")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(2)
        .setRequestsPerMinute(requestsPerMinute)
        .setTimeoutSeconds(60)
        .setEffectiveFrom(NOON)
        .build();
  }
}
