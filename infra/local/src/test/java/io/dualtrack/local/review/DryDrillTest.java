package io.dualtrack.local.review;

import static io.dualtrack.review.ReviewRecords.JANUARY;
import static io.dualtrack.review.ReviewRecords.decision;
import static io.dualtrack.review.ReviewRecords.offering;
import static io.dualtrack.review.ReviewRecords.policy;
import static io.dualtrack.review.ReviewRecords.rule;
import static io.dualtrack.review.ReviewRecords.suspension;
import static io.dualtrack.review.ReviewRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.dualtrack.local.review.DryDrill.Fate;
import io.dualtrack.local.review.DryDrill.Load;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DryDrillTest {

  private static final Instant NOW = Instant.parse("2026-06-20T12:00:00Z");
  private static final PolicyBundle OPEN = policy("1");

  private final ControlHistory history = new ControlHistory();

  @BeforeEach
  void theRecordsOfNow() {
    change("tenants/acme", tenant());
    change("offerings/sol", offering("sol", "gpt", Lane.API));
    change("offerings/llama", llama(null));
  }

  @Test
  void whatWouldGoToTheSuspendedOfferingMovesToTheNextThatIsPermitted() {
    DryDrill.Result result = drill(OPEN, requests(3, 60));

    assertThat(result.decided()).isEqualTo(3);
    assertThat(result.fates())
        .containsExactly(entry(new Fate("acme", "gpt", "sol", "llama", List.of()), 3L));
    assertThat(result.movedTo().get("llama")).containsExactlyInAnyOrder("r-0", "r-1", "r-2");
    assertThat(result.moved()).isEqualTo(3);
    assertThat(result.refused()).isZero();
  }

  @Test
  void whatHasNowhereToGoIsRefusedWithItsReasons() {
    DryDrill.Result result =
        drill(policy("2", rule("no-llama", "offering_model == 'llama'")), requests(2, 60));

    assertThat(result.refused()).isEqualTo(2);
    assertThat(result.moved()).isZero();
    assertThat(result.fates().keySet())
        .singleElement()
        .satisfies(
            fate -> {
              assertThat(fate.refused()).isTrue();
              assertThat(fate.codes()).contains("NO_LLAMA");
            });
  }

  @Test
  void whatIsRefusedAnywayIsNoConsequenceOfTheDrill() {
    DryDrill.Result result = drill(policy("2", rule("nothing", "true")), requests(2, 60));

    assertThat(result.refusedAlready()).isEqualTo(2);
    assertThat(result.fates()).isEmpty();
  }

  @Test
  void whatGoesElsewhereIsLeftAlone() {
    DryDrill.Result result =
        drill(policy("2", rule("no-sol", "offering == 'sol'")), requests(2, 60));

    assertThat(result.fates()).isEmpty();
    assertThat(result.refusedAlready()).isZero();
    assertThat(result.loads()).isEmpty();
  }

  @Test
  void aQuotaThatIsTooSmallLetsRequestsWaitAndSaysForHowLong() {
    change("offerings/llama", llama(10L));

    // Twelve in each of five minutes, ten of which are let through.
    DryDrill.Result result = drill(OPEN, requests(60, 5));

    assertThat(result.loads()).containsExactly(new Load("llama", 60, 12, 10L, 10, 1));
  }

  @Test
  void aQuotaThatSufficesLetsNothingWait() {
    change("offerings/llama", llama(12L));

    assertThat(drill(OPEN, requests(60, 5)).loads())
        .containsExactly(new Load("llama", 60, 12, 12L, 0, 0));
  }

  @Test
  void theRecordsOfNowCountAndNotThoseOfTheDayOfTheRequest() {
    change("offerings/llama", retired());

    assertThat(drill(OPEN, requests(1, 60)).refused()).isEqualTo(1);
  }

  private DryDrill.Result drill(PolicyBundle rules, List<RoutingDecision> recorded) {
    return new DryDrill(history, rules, suspension(ExportState.SUSPENDED, Long.MAX_VALUE, NOW), NOW)
        .of(recorded);
  }

  /** Evenly apart, in the hour before. */
  private static List<RoutingDecision> requests(int count, int secondsApart) {
    List<RoutingDecision> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RoutingDecision request = decision(NOW.minusSeconds(3600 - (long) i * secondsApart), 0);
      request.setRequestId("r-" + i);
      requests.add(request);
    }
    return requests;
  }

  private static Offering llama(Long requestsPerMinute) {
    Offering llama = offering("llama", "llama", Lane.LOCAL);
    llama.setRequestsPerMinute(requestsPerMinute);
    return llama;
  }

  private static Offering retired() {
    Offering llama = llama(null);
    llama.setEffectiveTo(NOW.minusSeconds(60));
    return llama;
  }

  private void change(String key, SpecificRecord record) {
    history.add(
        key, ControlChange.newBuilder().setAt(JANUARY).setActor("ann").setRecord(record).build());
  }
}
