package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveFiguresTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final Instant NOW = Instant.parse("2026-11-22T05:00:00Z");

  private final LiveFigures live = new LiveFigures();

  @Test
  void requestsAreCountedByTheirWayAndByTheSecond() {
    live.settled(exchange("r1", Lane.API, Outcome.ANSWERED, AnswerSource.PROVIDER), NOW);
    live.settled(exchange("r2", Lane.API, Outcome.ANSWERED, AnswerSource.PROVIDER), NOW);
    live.settled(
        exchange("r3", Lane.LOCAL, Outcome.ANSWERED, AnswerSource.PROVIDER), NOW.plusSeconds(1));
    live.settled(exchange("r4", null, Outcome.REFUSED, AnswerSource.NONE), NOW.plusSeconds(1));
    live.settled(
        exchange("r5", Lane.API, Outcome.ANSWERED, AnswerSource.CACHE), NOW.plusSeconds(1));

    JsonNode written = live.write(NOW.plusSeconds(2));

    assertThat(written.path("series")).hasSize(LiveFigures.SECONDS);
    assertThat(written.at("/series/58").toString())
        .isEqualTo("[%d,2,0,0,0]".formatted(NOW.getEpochSecond()));
    assertThat(written.at("/series/59").toString())
        .isEqualTo("[%d,0,1,1,1]".formatted(NOW.getEpochSecond() + 1));
    assertThat(written.path("flows")).hasSize(4);
  }

  @Test
  void whatIsOlderThanAMinuteIsForgotten() {
    live.settled(exchange("r1", Lane.API, Outcome.ANSWERED, AnswerSource.PROVIDER), NOW);

    assertThat(live.write(NOW.plusSeconds(60)).path("flows")).hasSize(1);
    assertThat(live.write(NOW.plusSeconds(61)).path("flows")).isEmpty();
  }

  @Test
  void copiesAndAnswersThatNobodyWaitedForAreNoRequests() {
    Exchange copy = exchange("r1", Lane.API, Outcome.ANSWERED, AnswerSource.PROVIDER);
    copy.setShadow(true);
    Exchange late = exchange("r2", Lane.API, Outcome.ANSWERED, AnswerSource.PROVIDER);
    late.setExchangeId("order-2");

    live.settled(copy, NOW);
    live.settled(late, NOW);

    assertThat(live.write(NOW.plusSeconds(1)).path("flows")).isEmpty();
  }

  @Test
  void decisionsOfLongAgoDoNotCountAsOnesOfNow() {
    live.decided(NOW.minusSeconds(90), NOW);
    live.decided(NOW.minusSeconds(1), NOW);

    assertThat(live.write(NOW.plusSeconds(1)).path("decisions").asInt()).isEqualTo(1);
  }

  private static Exchange exchange(String id, Lane lane, Outcome outcome, AnswerSource source) {
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey(id)
        .setTenant("acme")
        .setAccount("a")
        .setAt(NOW)
        .setModel("m")
        .setOffering(lane == null ? null : "o")
        .setLane(lane)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of("EU"))
        .setOutcome(outcome)
        .setSource(source)
        .setRelations(Relations.newBuilder().build())
        .build();
  }
}
