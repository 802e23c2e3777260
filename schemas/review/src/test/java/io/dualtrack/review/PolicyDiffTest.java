package io.dualtrack.review;

import static io.dualtrack.review.ReviewRecords.JANUARY;
import static io.dualtrack.review.ReviewRecords.decision;
import static io.dualtrack.review.ReviewRecords.offering;
import static io.dualtrack.review.ReviewRecords.policy;
import static io.dualtrack.review.ReviewRecords.rule;
import static io.dualtrack.review.ReviewRecords.suspension;
import static io.dualtrack.review.ReviewRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.review.PolicyDiff.Change;
import io.dualtrack.review.PolicyDiff.Kind;
import io.dualtrack.review.PolicyDiff.Result;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolicyDiffTest {

  private static final Instant WITHDRAWN = Instant.parse("2026-06-12T12:00:00Z");
  private static final Instant LIFTED = Instant.parse("2026-07-01T12:00:00Z");
  private static final Instant JUNE_20 = Instant.parse("2026-06-20T12:00:00Z");

  private final ControlHistory history = new ControlHistory();

  @BeforeEach
  void theYear() {
    change(JANUARY, "tenants/acme", tenant());
    change(JANUARY, "offerings/sol", offering("sol", "gpt", Lane.API));
    change(JANUARY, "offerings/llama", offering("llama", "llama", Lane.LOCAL));
    change(WITHDRAWN, "suspensions/sol", suspension(ExportState.SUSPENDED, 1, WITHDRAWN));
    change(LIFTED, "suspensions/sol", suspension(ExportState.OPEN, 2, LIFTED));
  }

  @Test
  void aDecisionOfAPastDayIsMadeAgainUnderTheSuspensionsOfThatDay() {
    PolicyBundle open = policy("1");
    PolicyBundle noLlama = policy("2", rule("no-llama", "offering_model == 'llama'"));

    Result june = new PolicyDiff(history, open, noLlama).of(List.of(decision(JUNE_20, 1)));
    Result july =
        new PolicyDiff(history, open, noLlama).of(List.of(decision(LIFTED.plusSeconds(60), 2)));

    assertThat(june.changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.REFUSED_NOW);
              assertThat(change.before()).isEqualTo("llama");
            });
    assertThat(july.changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.OTHER_CHOICE);
              assertThat(change.before()).isEqualTo("sol");
              assertThat(change.codes()).containsExactly("+NO_LLAMA[no-llama] llama");
            });
  }

  @Test
  void whatChangesIsToldByKindAndWhatDoesNotIsNot() {
    PolicyBundle open = policy("1");
    PolicyBundle noSol = policy("2", rule("no-sol", "offering == 'sol'"));
    List<RoutingDecision> decisions = List.of(decision(JANUARY.plusSeconds(60), 0));

    assertThat(new PolicyDiff(history, open, open).of(decisions).changes()).isEmpty();
    assertThat(new PolicyDiff(history, open, noSol).of(decisions).changes())
        .extracting(Change::kind)
        .containsExactly(Kind.ROUTED_ELSEWHERE);
    assertThat(
            new PolicyDiff(history, policy("0", rule("nothing", "true")), open)
                .of(decisions)
                .changes())
        .extracting(Change::kind)
        .containsExactly(Kind.PERMITTED_NOW);
  }

  @Test
  void dutiesThatComeWithWhatMayBeUsedAreCompared() {
    PolicyBundle day = policy("1", keep("keep", 86_400));
    PolicyBundle hour = policy("2", keep("keep", 3_600));
    List<RoutingDecision> decisions = List.of(decision(JANUARY.plusSeconds(60), 0));

    assertThat(new PolicyDiff(history, day, day).of(decisions).changes()).isEmpty();
    assertThat(new PolicyDiff(history, day, hour).of(decisions).changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.OTHER_DUTIES);
              assertThat(change.before()).isEqualTo(change.after()).isEqualTo("sol");
              assertThat(change.codes())
                  .containsExactly("+RETENTION 3600 s[keep] sol", "-RETENTION 86400 s[keep] sol");
            });
  }

  private static Rule keep(String id, long seconds) {
    Rule rule = rule(id, "offering == 'sol'");
    rule.setEffect(RuleEffect.OBLIGE);
    rule.setObligation(ObligationKind.RETENTION);
    rule.setObligationSeconds(seconds);
    return rule;
  }

  @Test
  void howManyDaysThereAreChangesNothing() {
    PolicyBundle open = policy("1");
    PolicyBundle noSol = policy("2", rule("no-sol", "offering == 'sol'"));
    List<RoutingDecision> decisions = new ArrayList<>();
    for (int day = 0; day < 10; day++) {
      Instant at = JANUARY.plus(Duration.ofDays(day));
      change(at, "offerings/more-" + day, offering("more-" + day, "other", Lane.API));
      decisions.add(decision(at.plusSeconds(60), 0));
    }
    // One that was decided long ago and written late.
    decisions.add(decision(JANUARY.plusSeconds(120), 0));

    assertThat(new PolicyDiff(history, open, noSol).of(decisions).changes())
        .hasSize(11)
        .allSatisfy(each -> assertThat(each.codes()).containsExactly("+NO_SOL[no-sol] sol"));
  }

  @Test
  void aDayThatCannotBeHadAgainExactlyIsCounted() {
    RoutingDecision decision = decision(JANUARY.plusSeconds(60), 0);
    decision.setCatalogueHash("of another catalogue");

    assertThat(new PolicyDiff(history, policy("1"), policy("1")).of(List.of(decision)).inexact())
        .isEqualTo(1);
  }

  private void change(Instant at, String key, SpecificRecord record) {
    history.add(
        key, ControlChange.newBuilder().setAt(at).setActor("ann").setRecord(record).build());
  }
}
