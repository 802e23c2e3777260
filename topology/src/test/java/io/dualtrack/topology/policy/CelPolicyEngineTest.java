package io.dualtrack.topology.policy;

import static io.dualtrack.topology.Records.START;
import static io.dualtrack.topology.Records.offering;
import static io.dualtrack.topology.Records.policy;
import static io.dualtrack.topology.Records.rule;
import static io.dualtrack.topology.Records.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.topology.jurisdiction.JurisdictionTagger;
import io.dualtrack.topology.jurisdiction.JurisdictionTagger.Tagging;
import io.dualtrack.topology.jurisdiction.RequestProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CelPolicyEngineTest {

  private static final Rule EU_PERSONAL =
      rule("eu-personal", RuleEffect.REQUIRE, "'EU' in jurisdictions && 'personal' in data_classes")
          .setRequirement("processing.all(region, region == 'EU')")
          .setCode("PROC_REGION")
          .build();
  private static final Rule UNKNOWN_COUNTRY =
      rule(
              "unknown-country",
              RuleEffect.DENY,
              "!country_known && 'personal' in data_classes && lane == 'API' && weights == 'CLOSED'")
          .setCode("COUNTRY_UNKNOWN")
          .build();

  @Test
  void personalDataOfTheUnionGoesToTheOfferingInTheUnion() {
    Decision decision =
        decide(
            policy("1", EU_PERSONAL),
            profile(
                tenant("acme"), of("data_classes", "personal"), of("data_subject_regions", "EU")),
            offering("global", "gpt", Lane.API).setProcessingRegions(List.of("GLOBAL")).build(),
            offering("eu", "gpt", Lane.API).build());

    assertThat(permitted(decision)).containsExactly("eu");
    assertThat(codes(decision, "global")).containsExactly("PROC_REGION");
  }

  @Test
  void whereTheProviderHasNothingInTheUnionTheLocalModelIsUsedAndNeverTheGlobalOne() {
    Decision decision =
        decide(
            policy("1", EU_PERSONAL),
            profile(tenant("acme"), of("data_classes", "personal"), of("declared_country", "DE")),
            offering("us", "gpt", Lane.API).setProcessingRegions(List.of("US")).build(),
            offering("global", "gpt", Lane.API).setProcessingRegions(List.of("GLOBAL")).build(),
            offering("home", "llama", Lane.LOCAL).build());

    assertThat(permitted(decision)).containsExactly("home");
  }

  @Test
  void anOfferingForPartnersServesTheListedTenantOnly() {
    Offering partners =
        offering("frontier", "gpt", Lane.API)
            .setExportState(ExportState.PARTNERS_ONLY)
            .setPartners(List.of("acme"))
            .build();
    Offering sibling =
        offering("sibling", "gpt", Lane.API).setExportState(ExportState.SUSPENDED).build();

    assertThat(permitted(decide(policy("1"), profile(tenant("acme")), partners, sibling)))
        .containsExactly("frontier");
    Decision other = decide(policy("1"), profile(tenant("globex")), partners, sibling);
    assertThat(permitted(other)).isEmpty();
    assertThat(codes(other, "frontier")).containsExactly("PARTNERS_ONLY");
    assertThat(codes(other, "sibling")).containsExactly("SUSPENDED");
  }

  @Test
  void nobodyIsTakenForAUsPersonWithoutEvidence() {
    Offering usOnly =
        offering("us-only", "gpt", Lane.API).setExportState(ExportState.US_PERSONS_ONLY).build();
    Decision decision =
        decide(policy("1"), profile(tenant("acme"), of("declared_country", "US")), usOnly);
    assertThat(codes(decision, "us-only")).containsExactly("US_PERSONS_ONLY");
  }

  @Test
  void personalDataFromAnUnknownCountryGoesToNoClosedApi() {
    Decision decision =
        decide(
            policy("1", UNKNOWN_COUNTRY),
            profile(tenant("acme"), of("data_classes", "personal")),
            offering("api", "gpt", Lane.API).build(),
            offering("home", "llama", Lane.LOCAL).build());

    assertThat(permitted(decision)).containsExactly("home");
    assertThat(codes(decision, "api")).containsExactly("COUNTRY_UNKNOWN");
  }

  @Test
  void aContractThatPermitsDoesNotLiftALegalDenialAndBothLimitsAreCited() {
    Decision decision =
        decide(
            policy("1", rule("law", RuleEffect.DENY, "provider_country == 'US'").build()),
            profile(tenant("acme").setProcessingRegions(List.of("US"))),
            offering("eu", "gpt", Lane.API).build());

    assertThat(decision).isInstanceOf(Decision.Refused.class);
    assertThat(codes(decision, "eu")).containsExactlyInAnyOrder("LAW", "PROC_REGION");
  }

  @Test
  void withoutPolicyNothingIsPermitted() {
    Decision decision =
        new CelPolicyEngine(Optional.empty(), none())
            .decide(
                profile(tenant("acme")),
                List.of(offering("home", "llama", Lane.LOCAL).build()),
                START);
    assertThat(codes(decision, "home")).containsExactly("POLICY_MISSING");
  }

  @Test
  void aStalePolicyDeniesClosedApisOnly() {
    PolicyBundle stale = policy("1");
    stale.setValidUntil(START);
    Decision decision =
        decide(
            stale,
            profile(tenant("acme")),
            offering("api", "gpt", Lane.API).build(),
            offering("home", "llama", Lane.LOCAL).build());
    assertThat(permitted(decision)).containsExactly("home");
    assertThat(codes(decision, "api")).containsExactly("POLICY_STALE");
  }

  @Test
  void aRuleThatCannotBeEvaluatedDenies() {
    for (String broken :
        List.of("no_such_variable", "'text'", "1 +", "processing[7] == 'EU'", "tenant == 3")) {
      Decision decision =
          decide(
              policy("1", rule("broken", RuleEffect.DENY, broken).build()),
              profile(tenant("acme")),
              offering("home", "llama", Lane.LOCAL).build());
      assertThat(codes(decision, "home")).as(broken).containsExactly("POLICY_EVAL_ERROR");
    }
    Decision noRequirement =
        decide(
            policy("1", rule("broken", RuleEffect.REQUIRE, "true").build()),
            profile(tenant("acme")),
            offering("home", "llama", Lane.LOCAL).build());
    assertThat(codes(noRequirement, "home")).containsExactly("POLICY_EVAL_ERROR");
  }

  @Test
  void aDutyThatCannotBeFulfilledDenies() {
    Decision decision =
        decide(
            policy("1", rule("log-it", RuleEffect.OBLIGE, "lane == 'API'").build()),
            profile(tenant("acme")),
            offering("api", "gpt", Lane.API).build(),
            offering("home", "llama", Lane.LOCAL).build());
    assertThat(permitted(decision)).containsExactly("home");
  }

  @Test
  void rulesAndOfferingsHoldWithinTheirDatesOnly() {
    Rule later =
        rule("later", RuleEffect.DENY, "true").setEffectiveFrom(START.plusSeconds(1)).build();
    Rule over = rule("over", RuleEffect.DENY, "true").setEffectiveTo(START).build();
    Decision decision =
        decide(
            policy("1", later, over),
            profile(tenant("acme")),
            offering("now", "gpt", Lane.API).build(),
            offering("soon", "gpt", Lane.API)
                .setEffectiveFrom(START.plus(Duration.ofDays(1)))
                .build(),
            offering("past", "gpt", Lane.API).setEffectiveTo(START).build());
    assertThat(permitted(decision)).containsExactly("now");
    assertThat(codes(decision, "soon")).containsExactly("NOT_EFFECTIVE");
    assertThat(codes(decision, "past")).containsExactly("NOT_EFFECTIVE");
  }

  @Test
  void limitsThatExcludeEachOtherLeaveNothing() {
    Decision decision =
        decide(
            policy("1"),
            profile(tenant("acme"), of("asked_processing", "EU"), of("asked_processing", "US")),
            offering("eu", "gpt", Lane.API).build(),
            offering("us", "gpt", Lane.API).setProcessingRegions(List.of("US")).build());
    assertThat(decision).isInstanceOf(Decision.Refused.class);
  }

  private static Decision decide(
      PolicyBundle bundle, RequestProfile profile, Offering... offerings) {
    return new CelPolicyEngine(Optional.of(new RuleCompiler().compile(bundle)), none())
        .decide(profile, List.of(offerings), START);
  }

  private static io.dualtrack.topology.control.Suspensions none() {
    return new io.dualtrack.topology.control.ControlState().snapshot().suspensions();
  }

  private static RequestProfile profile(Tenant.Builder tenant, Attribute... known) {
    ObjectNode body = new ObjectMapper().createObjectNode();
    Tagging tagging =
        new JurisdictionTagger().tag(tenant.build(), "gpt", new ArrayList<>(List.of(known)), body);
    return ((Tagging.Tagged) tagging).profile();
  }

  private static Attribute of(String name, String... values) {
    return new Attribute(name, List.of(values), AttributeSource.IDENTITY);
  }

  private static List<String> permitted(Decision decision) {
    return decision.candidates().stream()
        .filter(Candidate::getPermitted)
        .map(Candidate::getOffering)
        .toList();
  }

  private static List<String> codes(Decision decision, String offering) {
    return decision.candidates().stream()
        .filter(candidate -> candidate.getOffering().equals(offering))
        .flatMap(candidate -> candidate.getReasons().stream())
        .map(Reason::getCode)
        .toList();
  }
}
