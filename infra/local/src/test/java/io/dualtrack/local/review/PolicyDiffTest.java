package io.dualtrack.local.review;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.review.PolicyDiff.Change;
import io.dualtrack.local.review.PolicyDiff.Kind;
import io.dualtrack.local.review.PolicyDiff.Result;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleConfidence;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import java.util.Locale;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PolicyDiffTest {

  private static final Instant JANUARY = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant WITHDRAWN = Instant.parse("2026-06-12T12:00:00Z");
  private static final Instant LIFTED = Instant.parse("2026-07-01T12:00:00Z");
  private static final Instant JUNE_20 = Instant.parse("2026-06-20T12:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

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
  void aDayThatCannotBeHadAgainExactlyIsCounted() {
    RoutingDecision decision = decision(JANUARY.plusSeconds(60), 0);
    decision.setCatalogueHash("of another catalogue");

    assertThat(new PolicyDiff(history, policy("1"), policy("1")).of(List.of(decision)).inexact())
        .isEqualTo(1);
  }

  @Test
  void theReportTellsWhatWasRoutedRefusedAndSuspended() {
    MonthlyReport report = new MonthlyReport(YearMonth.of(2026, 7), history);
    RoutingDecision routed = decision(LIFTED, 2);
    routed.setCandidates(
        List.of(
            Candidate.newBuilder()
                .setOffering("sol")
                .setLane(Lane.API)
                .setPermitted(true)
                .setReasons(List.of())
                .build()));
    routed.setPermitted(List.of("sol"));
    RoutingDecision refused = decision(LIFTED, 2);
    refused.setRefusal(List.of(new Reason("r", "EMBARGOED", "no, \"never\"")));
    report.count(routed);
    report.count(routed);
    report.count(refused);

    String markdown = ReportText.markdown(report);

    assertThat(markdown)
        .contains("3 requests were decided on, of which 1 were refused")
        .contains("| acme | gpt | EU | API | sol | 2 |")
        .contains("| acme | gpt | EU | EMBARGOED | 1 |")
        .contains("| 2026-06-12T12:00:00Z | OFFERING sol | SUSPENDED |  | ann |  | a, letter |")
        .contains("| 2026-07-01T12:00:00Z | OFFERING sol | OPEN |  | ann | bob | a, letter |");
    assertThat(ReportText.csv(report))
        .isEqualTo(
            "month,tenant,model,jurisdictions,lane,offering,refused_for,requests\r\n"
                + "2026-07,acme,gpt,EU,,,EMBARGOED,1\r\n"
                + "2026-07,acme,gpt,EU,API,sol,,2\r\n");
    assertThat(ReportText.suspensionsCsv(report))
        .contains("OFFERING sol,OPEN,,ann,bob,\"a, letter\"");
  }

  private void change(Instant at, String key, SpecificRecord record) {
    history.add(
        key, ControlChange.newBuilder().setAt(at).setActor("ann").setRecord(record).build());
  }

  private static RoutingDecision decision(Instant at, long epoch) {
    return RoutingDecision.newBuilder()
        .setRequestId("r-" + epoch)
        .setTenant("acme")
        .setAccount("subject:x")
        .setAttempt(1)
        .setDecidedAt(at)
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of("EU"))
        .setModel("gpt")
        .setPolicy("house")
        .setPolicyVersion("1")
        .setSuspensionEpoch(epoch)
        .setCandidates(List.of())
        .setPermitted(List.of())
        .setRefusal(List.of())
        .build();
  }

  private static PolicyBundle policy(String version, Rule... rules) {
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion(version)
        .setPublishedAt(JANUARY)
        .setRules(List.of(rules))
        .build();
  }

  private static Rule rule(String id, String condition) {
    return Rule.newBuilder()
        .setId(id)
        .setVersion(1)
        .setSource("house")
        .setConfidence(RuleConfidence.HOUSE)
        .setEffect(RuleEffect.DENY)
        .setCondition(condition)
        .setCode(id.toUpperCase(Locale.ROOT).replace('-', '_'))
        .setReason("because")
        .setOwner("compliance")
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  private static Suspension suspension(ExportState state, long epoch, Instant at) {
    return Suspension.newBuilder()
        .setScope(SuspensionScope.OFFERING)
        .setId("sol")
        .setSuspended(state != ExportState.OPEN)
        .setState(state)
        .setReason("a, letter")
        .setActor("ann")
        .setApprover(state == ExportState.OPEN ? "bob" : null)
        .setAt(at)
        .setEpoch(epoch)
        .build();
  }

  private static Tenant tenant() {
    return Tenant.newBuilder()
        .setId("acme")
        .setName("acme")
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of("EU"))
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(
            List.of(
                ModelContract.newBuilder()
                    .setModel("gpt")
                    .setSubstitutes(List.of("llama"))
                    .build()))
        .setCache(new CacheContract(true, 600L, false))
        .setAccounts(List.<Account>of())
        .build();
  }

  private static Offering offering(String id, String model, Lane lane) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model)
        .setProvider("openai")
        .setLane(lane)
        .setWeights(lane == Lane.API ? Weights.CLOSED : Weights.OPEN)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(10)
        .setTimeoutSeconds(60)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }
}
