package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.UsPerson;
import io.dualtrack.schemas.UsPersonStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KillSwitchTest {

  private static final String ANSWER = "{\"choices\":[]}";

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void openToPartnersTheListedTenantIsServedAndOthersAreNot() {
    topology.suspend(
        suspension(SuspensionScope.MODEL, "gpt", ExportState.PARTNERS_ONLY, 1, "acme"));

    topology.request(request("r1", chat("a")));
    topology.request(of("globex", "r2", "a"));

    assertThat(topology.orders())
        .extracting(DispatchOrder::getTenant, DispatchOrder::getOffering)
        .containsExactlyInAnyOrder(tuple("acme", "gpt-api"), tuple("globex", "llama-home"));
    assertThat(codes(decision("r2"), "gpt-api")).containsExactly("PARTNERS_ONLY");
  }

  @Test
  void anOfferingsOwnPartnersAreServedUnderTheSwitchToo() {
    topology.offering(offering("gpt-api", "gpt", Lane.API).setPartners(List.of("acme")));
    topology.suspend(suspension(SuspensionScope.PROVIDER, "openai", ExportState.PARTNERS_ONLY, 1));

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
  }

  @Test
  void theSiblingModelStaysSuspendedWhenOneIsOpenToPartners() {
    topology.offering(offering("gpt-2", "gpt", Lane.API).setProvider("azure"));
    topology.suspend(suspension(SuspensionScope.OFFERING, "gpt-api", ExportState.SUSPENDED, 1));
    topology.suspend(
        suspension(SuspensionScope.OFFERING, "gpt-2", ExportState.PARTNERS_ONLY, 2, "acme"));

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-2");
    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("SUSPENDED");
  }

  @Test
  void openToUsPersonsNobodyOfUnknownStatusIsServed() {
    topology.suspend(
        suspension(SuspensionScope.OFFERING, "gpt-api", ExportState.US_PERSONS_ONLY, 1));

    topology.request(request("r1", chat("a")));

    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("US_PERSONS_ONLY");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @ParameterizedTest
  @EnumSource(
      value = SuspensionScope.class,
      names = {"OFFERING", "MODEL", "PROVIDER"})
  void anAnswerOfASuspendedOfferingIsNotServedFromTheCache(SuspensionScope scope) {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    topology.suspend(suspension(scope, id(scope), true, 1));
    topology.request(request("r2", chat("same")));
    assertThat(topology.results()).isEmpty();
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");

    topology.suspend(suspension(scope, id(scope), false, 2));
    topology.request(request("r3", chat("same")));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
  }

  @Test
  void aTenantThatIsCutOffGetsNeitherCachedAnswersNorAnyModelAndOthersAreUntouched() {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    topology.suspend(suspension(SuspensionScope.TENANT, "acme", true, 1));
    topology.request(request("r2", chat("same")));
    topology.request(request("r3", chat("new")));
    topology.request(of("globex", "r4", "same"));

    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId, InferenceResult::getOutcome)
        .containsExactlyInAnyOrder(tuple("r2", Outcome.REFUSED), tuple("r3", Outcome.REFUSED));
    assertThat(topology.onlyOrder().getTenant()).isEqualTo("globex");
  }

  @Test
  void anOrderThatACommandStoppedMayGoBackWhereTheCommandLetsItGo() {
    topology.request(request("r1", chat("a")));
    DispatchOrder stopped = topology.onlyOrder();
    topology.suspend(
        suspension(SuspensionScope.OFFERING, "gpt-api", ExportState.PARTNERS_ONLY, 1, "acme"));

    topology.complete(
        completion(stopped, CompletionStatus.SUSPENDED).setSuspensionEpoch(1).build());

    DispatchOrder again = topology.onlyOrder();
    assertThat(again.getOffering()).isEqualTo("gpt-api");
    assertThat(again.getSuspensionEpoch()).isEqualTo(1);
  }

  @Test
  void anOrderStoppedByACommandThatIsNotKnownHereYetDoesNotGoBack() {
    topology.request(request("r1", chat("a")));
    DispatchOrder stopped = topology.onlyOrder();

    topology.complete(
        completion(stopped, CompletionStatus.SUSPENDED).setSuspensionEpoch(1).build());

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void whatWasRefusedIsNotReplayedWhenTheSwitchIsUndone() {
    topology.suspend(suspension(SuspensionScope.TENANT, "acme", true, 1));
    topology.request(request("r1", chat("a")));
    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.REFUSED);

    topology.suspend(suspension(SuspensionScope.TENANT, "acme", false, 2));
    topology.advance(Duration.ofMinutes(1));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.results()).isEmpty();
  }

  @Test
  void aPolicyThatNobodyTrustedSignedOpensNoClosedApi() {
    PolicyBundle unsigned = policy("2");
    unsigned.setPublishedAt(START.plusSeconds(1));

    topology.policyAsItIs(unsigned);
    topology.request(request("r1", chat("a")));

    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("POLICY_UNSIGNED");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void aPolicyThatWasChangedAfterItsSignatureOpensNoClosedApi() {
    PolicyBundle bundle = policy("2");
    topology.policy(bundle);
    bundle.setVersion("3");

    topology.policyAsItIs(bundle);
    topology.request(request("r1", chat("a")));

    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("POLICY_BAD_SIGNATURE");
  }

  @Test
  void aTrustedPolicyStaysInForceBesideANewerOneThatIsNot() {
    PolicyBundle foreign = PolicyBundle.newBuilder(policy("9")).setId("foreign").build();
    foreign.setPublishedAt(START.plusSeconds(1));

    topology.policyAsItIs(foreign);
    topology.request(request("r1", chat("a")));

    assertThat(decision("r1").getPolicyVersion()).isEqualTo("1");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
  }

  @Test
  void aPolicyThatWasSignedOnceDoesNotComeBackButItsRulesDoUnderANewSignature() {
    topology.policy(published("2", START.plusSeconds(1)));
    topology.policy(published("1", START));
    topology.request(request("r1", chat("a")));
    assertThat(decision("r1").getPolicyVersion()).isEqualTo("2");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    assertThat(topology.counted("dualtrack.topology.policies.refused")).isEqualTo(1);

    topology.policy(published("1", START.plusSeconds(2)));
    topology.request(request("r2", chat("b")));
    seen = List.of();
    assertThat(decision("r2").getPolicyVersion()).isEqualTo("1");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
  }

  @Test
  void afterARestartAPolicyThatIsOlderThanTheLastOneOpensNoClosedApi() {
    topology.policy(published("2", START.plusSeconds(1)));
    topology.close();
    topology = new TopologyHarness(folder).withControl();

    topology.request(request("r1", chat("a")));

    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("POLICY_REPLAYED");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void aPolicyThatIsOlderThanItsLimitOpensNoClosedApi() {
    topology.advance(Duration.ofDays(90));

    topology.request(request("r1", chat("a")).setDeadline(START.plus(Duration.ofDays(91))));

    assertThat(codes(decision("r1"), "gpt-api")).containsExactly("POLICY_STALE");
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void theAuditRecordNamesWhatItWasDecidedUnderAndHidesTheAccount() {
    topology.request(request("r1", chat("a")));

    RoutingDecision decision = decision("r1");
    assertThat(decision.getPolicyHash()).hasSize(64);
    assertThat(decision.getCatalogueHash()).hasSize(64);
    assertThat(decision.getContractHash()).hasSize(64);
    assertThat(decision.toString()).doesNotContain("seat-1");
  }

  @Test
  void theAuditRecordHidesTheFileOfTheEvidenceOnAPersonWithTheAccount() {
    Tenant.Builder tenant = tenant("acme");
    UsPerson verified = new UsPerson(UsPersonStatus.YES, "file 7", START, START.plusSeconds(60));
    tenant.getAccounts().forEach(account -> account.setEarUsPerson(verified));
    topology.tenant(tenant);
    topology.suspend(
        suspension(SuspensionScope.OFFERING, "gpt-api", ExportState.US_PERSONS_ONLY, 1));

    topology.request(request("r1", chat("a")));

    assertThat(topology.onlyOrder().getOffering()).isEqualTo("gpt-api");
    assertThat(decision("r1").toString())
        .contains("ear_us_person_evidence")
        .doesNotContain("file 7");
  }

  private static PolicyBundle published(String version, Instant at) {
    PolicyBundle bundle = policy(version);
    bundle.setPublishedAt(at);
    return bundle;
  }

  private static InferenceRequest.Builder of(String tenant, String id, String text) {
    return request(id, chat(text)).setTenant(tenant);
  }

  private static String id(SuspensionScope scope) {
    return switch (scope) {
      case OFFERING -> "gpt-api";
      case MODEL -> "gpt";
      case PROVIDER -> "openai";
      case TENANT -> "acme";
      case DRILL -> throw new IllegalArgumentException("no suspension");
    };
  }

  private List<RoutingDecision> seen = List.of();

  private RoutingDecision decision(String requestId) {
    if (seen.isEmpty()) {
      seen = topology.decisions();
    }
    return seen.stream()
        .filter(each -> each.getRequestId().equals(requestId))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> codes(RoutingDecision decision, String offering) {
    return decision.getCandidates().stream()
        .filter(each -> each.getOffering().equals(offering))
        .flatMap(each -> each.getReasons().stream())
        .map(Reason::getCode)
        .toList();
  }
}
