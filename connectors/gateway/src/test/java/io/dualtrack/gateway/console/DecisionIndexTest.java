package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.console.DecisionIndex.Page;
import io.dualtrack.gateway.console.DecisionIndex.Query;
import io.dualtrack.gateway.console.DecisionIndex.Row;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DecisionIndexTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final Query ALL = new Query(null, null, null, null, null, null, null, null);

  private final DecisionIndex index = new DecisionIndex(3);

  @Test
  void theNewestComesFirstAndTheOldestIsDrivenOut() {
    add("r1", "acme", "api-eu");
    add("r2", "acme", "api-eu");
    add("r3", "globex", "");
    add("r4", "acme", "home-eu");

    assertThat(index.find(ALL, Long.MAX_VALUE, 10).rows())
        .extracting(Row::requestId)
        .containsExactly("r4", "r3", "r2");
    assertThat(index.first("r1")).isNull();
    assertThat(index.first("r2").offset()).isEqualTo(2);
    assertThat(index.size()).isEqualTo(3);
  }

  @Test
  void aPageSaysWhetherOlderOnesMatchAndGoesOnBehindTheLastRow() {
    add("r1", "acme", "api-eu");
    add("r2", "globex", "api-eu");
    add("r3", "acme", "api-eu");
    Query acme = new Query(null, "acme", null, null, null, null, null, null);

    Page first = index.find(acme, Long.MAX_VALUE, 1);
    Page second = index.find(acme, first.rows().get(0).number(), 1);

    assertThat(first.rows()).extracting(Row::requestId).containsExactly("r3");
    assertThat(first.more()).isTrue();
    assertThat(first.matching()).isEqualTo(2);
    assertThat(second.rows()).extracting(Row::requestId).containsExactly("r1");
    assertThat(second.more()).isFalse();
  }

  @Test
  void refusalsAreFoundByTheirCodeAndOthersByTheirLane() {
    add("r1", "acme", "api-eu");
    add("r2", "acme", "home-eu");
    add("r3", "acme", "");

    assertThat(find(new Query(null, null, null, "LOCAL", null, null, null, null)))
        .containsExactly("r2");
    assertThat(find(new Query(null, null, null, null, null, null, "refused", null)))
        .containsExactly("r3");
    assertThat(find(new Query(null, null, null, null, null, null, null, "PROC_REGION")))
        .containsExactly("r3");
    assertThat(find(new Query(null, null, null, null, null, "US", "permitted", null)))
        .containsExactly("r2", "r1");
    assertThat(find(new Query(null, null, null, null, null, "U", null, null))).isEmpty();
    assertThat(find(new Query("R1", null, null, null, null, null, null, null)))
        .containsExactly("r1");
  }

  private List<String> find(Query query) {
    return index.find(query, Long.MAX_VALUE, 10).rows().stream().map(Row::requestId).toList();
  }

  @Test
  void theLatestFirstDecisionsBeginAtTheirLowestOffsets() {
    DecisionIndex large = new DecisionIndex(10);
    large.add(at(decision("r7", "acme", "api-eu"), 50, 1), 0, 7);
    large.add(at(decision("r8", "acme", "api-eu"), 10, 1), 0, 8);
    large.add(at(decision("r3", "acme", "api-eu"), 30, 1), 1, 3);
    large.add(at(decision("r4", "acme", "api-eu"), 60, 2), 1, 4);
    large.add(at(decision("r5", "acme", "api-eu"), 20, 1), 2, 5);

    assertThat(large.placesOfLatest(2)).isEqualTo(Map.of(0, 7L, 1, 3L));
    assertThat(large.placesOfLatest(10)).isEqualTo(Map.of(0, 7L, 1, 3L, 2, 5L));
    assertThat(new DecisionIndex(10).placesOfLatest(2)).isEmpty();
  }

  private static RoutingDecision at(RoutingDecision decision, long second, int attempt) {
    decision.setDecidedAt(Instant.ofEpochSecond(second));
    decision.setAttempt(attempt);
    return decision;
  }

  private void add(String id, String tenant, String offering) {
    index.add(decision(id, tenant, offering), 0, Long.parseLong(id.substring(1)));
  }

  private static RoutingDecision decision(String id, String tenant, String offering) {
    return RoutingDecision.newBuilder()
        .setRequestId(id)
        .setTenant(tenant)
        .setAccount("")
        .setAttempt(1)
        .setDecidedAt(Instant.EPOCH)
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of("EU", "US"))
        .setModel("m")
        .setPolicy("p")
        .setPolicyVersion("1")
        .setSuspensionEpoch(0)
        .setCandidates(List.of(candidate("api-eu", Lane.API), candidate("home-eu", Lane.LOCAL)))
        .setPermitted(offering.isEmpty() ? List.of() : List.of(offering))
        .setRefusal(
            offering.isEmpty()
                ? List.of(new Reason("r", "PROC_REGION", "no"), new Reason("s", "DORA", "no"))
                : List.of())
        .build();
  }

  private static Candidate candidate(String offering, Lane lane) {
    return Candidate.newBuilder()
        .setOffering(offering)
        .setLane(lane)
        .setPermitted(true)
        .setReasons(List.of())
        .build();
  }
}
