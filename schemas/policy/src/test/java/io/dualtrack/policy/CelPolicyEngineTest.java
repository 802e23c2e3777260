package io.dualtrack.policy;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.PolicyTrust;
import io.dualtrack.policy.control.ReachedVolumes;
import io.dualtrack.policy.control.Suspensions;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger.Tagging;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AttestationExpiry;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Exemption;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.NamedList;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.ServiceTier;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.VolumeState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CelPolicyEngineTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final Rule EU_PERSONAL =
      rule("eu-personal", RuleEffect.REQUIRE, "'EU' in jurisdictions && 'personal' in data_classes")
          .setRequirement("processing.all(region, region == 'EU')")
          .setCode("PROC_REGION")
          .build();
  private static final Rule UNKNOWN_COUNTRY =
      rule(
              "unknown-country",
              RuleEffect.DENY,
              "!country_known && 'personal' in data_classes && lane == 'API' && weights =="
                  + " 'CLOSED'")
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
        new CelPolicyEngine(Optional.empty(), none(), new ReachedVolumes(List.of()))
            .decide(
                profile(tenant("acme")),
                List.of(offering("home", "llama", Lane.LOCAL).build()),
                Set.of(),
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
  void expressionsWithoutEndAreDeniedAndNeverThrow() {
    String loops = "processing.all(a, processing.all(b, processing.all(c, a + b == c)))";
    String long1 = "tenant == '" + "x".repeat(1_000_000) + "'";
    String deep = "(".repeat(2_000) + "true" + ")".repeat(2_000);
    String wide = "1" + " + 1".repeat(2_000) + " == 2";
    String many = "true" + " && true".repeat(450);
    String regex = "tenant.matches('(a{900}){900}')";
    for (String broken : List.of(loops, long1, deep, wide, regex)) {
      assertThat(new RuleLanguage(List.of()).fault(broken))
          .as(broken.substring(0, 20))
          .satisfiesAnyOf(
              fault -> assertThat(fault).isPresent(), fault -> assertThat(broken).isEqualTo(regex));
      Decision decision =
          decide(
              policy("1", rule("broken", RuleEffect.DENY, broken).build()),
              profile(tenant("acme")),
              offering("home", "llama", Lane.LOCAL).build());
      assertThat(codes(decision, "home")).containsExactly("POLICY_EVAL_ERROR");
    }
    assertThat(new RuleLanguage(List.of()).fault(many)).isEmpty();
  }

  @Test
  void aLoopThatRunsForTooLongDenies() {
    List<String> many = IntStream.range(0, 200).mapToObj(each -> "R" + each).toList();
    Offering wide = offering("home", "llama", Lane.LOCAL).setProcessingRegions(many).build();
    Decision decision =
        decide(
            policy(
                "1",
                rule(
                        "loop",
                        RuleEffect.DENY,
                        "processing.exists(a, processing.exists(b, a + b == 'nowhere'))")
                    .build()),
            profile(tenant("acme")),
            wide);
    assertThat(codes(decision, "home")).containsExactly("POLICY_EVAL_ERROR");
  }

  @Test
  void theResultIsThatOfTheWholeExpressionWhateverItsPartsSpeakOf() {
    // One part each of the request, of the offering and of both; an error beside a false is false.
    for (String falsehood :
        List.of(
            "tenant == 'acme' && lane == 'LOCAL' && provider == tenant",
            "processing[7] == 'EU' && tenant == 'globex'",
            "asked_processing[7] == 'EU' && lane == 'LOCAL'",
            "tenant == 'globex' && provider == tenant + processing[7]")) {
      assertThat(codes(deny(falsehood), "api")).as(falsehood).isEmpty();
    }
    for (String truth :
        List.of(
            "tenant == 'acme' && lane == 'API' && provider != tenant",
            "(tenant == 'acme' && lane == 'API') || processing[7] == 'EU'",
            "processing.exists(tenant, tenant == 'EU')")) {
      assertThat(codes(deny(truth), "api")).as(truth).containsExactly("R");
    }
    for (String error :
        List.of(
            "processing[7] == 'EU' && tenant == 'acme'",
            "asked_processing[7] == 'EU' && lane == 'API'",
            "tenant == 'acme' && provider == tenant + processing[7]")) {
      assertThat(codes(deny(error), "api")).as(error).containsExactly("POLICY_EVAL_ERROR");
    }
  }

  private static Decision deny(String condition) {
    return decide(
        policy("1", rule("r", RuleEffect.DENY, condition).build()),
        profile(tenant("acme")),
        offering("api", "gpt", Lane.API).build());
  }

  @Test
  void aDutyComesWithTheOfferingsThatItsRuleIsAbout() {
    Decision decision =
        decide(
            policy("1", oblige("redact", ObligationKind.REDACT_CARDS, "lane == 'API'").build()),
            profile(tenant("acme")),
            offering("api", "gpt", Lane.API).build(),
            offering("home", "llama", Lane.LOCAL).build());

    assertThat(permitted(decision)).containsExactly("api", "home");
    assertThat(decision.candidates().get(0).getObligations())
        .containsExactly(new Obligation("redact", ObligationKind.REDACT_CARDS, null));
    assertThat(decision.candidates().get(1).getObligations()).isEmpty();
  }

  @Test
  void aDutyThatCannotBeFulfilledDenies() {
    for (Rule.Builder duty :
        List.of(
            rule("unnamed", RuleEffect.OBLIGE, "lane == 'API'"),
            oblige("unknown", ObligationKind.UNKNOWN, "lane == 'API'"),
            oblige("timeless", ObligationKind.RETENTION, "lane == 'API'"),
            oblige("wordless", ObligationKind.PREPEND_INSTRUCTION, "lane == 'API'"),
            oblige("for-ever", ObligationKind.KEEP_LOGS, "lane == 'API'")
                .setObligationSeconds(Duration.ofDays(100_000).toSeconds()))) {
      Decision decision =
          decide(
              policy("1", duty.build()),
              profile(tenant("acme")),
              offering("api", "gpt", Lane.API).build(),
              offering("home", "llama", Lane.LOCAL).build());
      assertThat(permitted(decision)).as(duty.getId()).containsExactly("home");
      assertThat(codes(decision, "api")).containsExactly("OBLIGATION_UNSUPPORTED");
    }
  }

  @Test
  void theComplianceTierIsDemandedOfTheOffering() {
    Decision decision =
        decide(
            policy("1", oblige("tier", ObligationKind.COMPLIANCE_TIER, "lane == 'API'").build()),
            profile(tenant("acme")),
            offering("plain", "gpt", Lane.API).build(),
            offering("bound", "gpt", Lane.API).setTier(ServiceTier.COMPLIANCE).build());

    assertThat(permitted(decision)).containsExactly("bound");
    assertThat(codes(decision, "plain")).containsExactly("TIER");
  }

  @Test
  void anExemptionLiftsTheOneRuleThatItNamesForItsTenantsUntilItEndsAndSaysSo() {
    PolicyBundle bundle =
        policy(
            "1",
            rule("law", RuleEffect.DENY, "true").build(),
            rule("other", RuleEffect.DENY, "lane == 'LOCAL'").build());
    bundle.setExemptions(
        List.of(
            Exemption.newBuilder()
                .setId("waiver-1")
                .setRule("law")
                .setTenants(List.of("acme"))
                .setReason("an opinion of counsel")
                .setApprover("counsel")
                .setEffectiveFrom(START)
                .setEffectiveTo(START.plusSeconds(60))
                .build()));
    Offering api = offering("api", "gpt", Lane.API).build();
    Offering home = offering("home", "llama", Lane.LOCAL).build();

    Decision lifted = decide(bundle, profile(tenant("acme")), api, home);

    assertThat(permitted(lifted)).containsExactly("api");
    assertThat(codes(lifted, "home")).containsExactly("OTHER");
    assertThat(lifted.candidates().get(0).getLifted())
        .singleElement()
        .satisfies(
            reason -> {
              assertThat(reason.getRule()).isEqualTo("exemption:waiver-1");
              assertThat(reason.getText()).contains("law", "counsel");
            });
    assertThat(permitted(decide(bundle, profile(tenant("globex")), api))).isEmpty();
    assertThat(permitted(decide(bundle, profile(tenant("acme")), START.plusSeconds(60), api)))
        .isEmpty();
  }

  @Test
  void anExemptionDoesNotLiftARuleThatCannotBeEvaluated() {
    PolicyBundle bundle = policy("1", rule("law", RuleEffect.DENY, "processing[7] == ''").build());
    bundle.setExemptions(
        List.of(
            Exemption.newBuilder()
                .setId("waiver-1")
                .setRule("law")
                .setTenants(List.of("acme"))
                .setReason("an opinion")
                .setApprover("counsel")
                .setEffectiveFrom(Instant.EPOCH)
                .setEffectiveTo(START.plusSeconds(60))
                .build()));

    assertThat(
            codes(
                decide(bundle, profile(tenant("acme")), offering("api", "gpt", Lane.API).build()),
                "api"))
        .containsExactly("POLICY_EVAL_ERROR");
  }

  @Test
  void residenciesThatExcludeEachOtherNameTheRulesInConflict() {
    Decision decision =
        decide(
            policy(
                "1",
                rule("ru-localisation", RuleEffect.REQUIRE, "'RU' in jurisdictions")
                    .setWithin(List.of("RU"))
                    .build()),
            profile(
                tenant("acme").setProcessingRegions(List.of("EU")),
                of("data_subject_regions", "RU")),
            offering("api", "gpt", Lane.API).build());

    assertThat(decision).isInstanceOf(Decision.Refused.class);
    assertThat(((Decision.Refused) decision).reasons())
        .filteredOn(reason -> reason.getCode().equals("RESIDENCY_CONFLICT"))
        .singleElement()
        .satisfies(
            reason ->
                assertThat(reason.getText())
                    .contains("built-in:contract-processing [EU]", "ru-localisation [RU]"));
  }

  @Test
  void aCountryIsWithinItsRegionAndARegionIsNotWithinItsCountry() {
    Offering frankfurt =
        offering("frankfurt", "gpt", Lane.API).setProcessingRegions(List.of("DE")).build();
    Offering union = offering("union", "gpt", Lane.API).build();

    assertThat(
            permitted(
                decide(
                    policy("1"),
                    profile(tenant("acme").setProcessingRegions(List.of("EU"))),
                    frankfurt,
                    union)))
        .containsExactly("frankfurt", "union");
    assertThat(
            permitted(
                decide(
                    policy("1"),
                    profile(tenant("acme"), of("asked_processing", "DE")),
                    frankfurt,
                    union)))
        .containsExactly("frankfurt");
  }

  @Test
  void attestationsEndAndWhatIsUnknownRestricts() {
    Rule needsBaa =
        rule("baa", RuleEffect.REQUIRE, "true").setRequirement("'BAA' in attestations").build();
    Offering until =
        offering("until", "gpt", Lane.API)
            .setAttestations(List.of("BAA"))
            .setAttestationExpiry(
                List.of(new AttestationExpiry("BAA", START.plusSeconds(60), "contract 7")))
            .build();
    CelPolicyEngine engine =
        new CelPolicyEngine(
            Optional.of(new RuleCompiler().compile(policy("1", needsBaa))),
            none(),
            new ReachedVolumes(List.of()));
    RequestProfile profile = profile(tenant("acme"));

    assertThat(permitted(engine.decide(profile, List.of(until), Set.of(), START))).isNotEmpty();
    assertThat(permitted(engine.decide(profile, List.of(until), Set.of(), START.plusSeconds(60))))
        .isEmpty();
    assertThat(permitted(engine.decide(profile, List.of(until), Set.of(), START))).isNotEmpty();
    assertThat(
            codes(
                decide(
                    policy("1", rule("train", RuleEffect.DENY, "may_train").build()),
                    profile,
                    offering("api", "gpt", Lane.API).build()),
                "api"))
        .containsExactly("TRAIN");
  }

  @Test
  void aRetentionLimitNeedsAnOfferingThatIsKnownToKeepToIt() {
    Decision decision =
        decide(
            policy("1"),
            profile(tenant("acme").setRetentionLimitDays(30)),
            offering("unknown", "gpt", Lane.API).build(),
            offering("long", "gpt", Lane.API).setRetentionDays(31).build(),
            offering("short", "gpt", Lane.API).setRetentionDays(30).build());

    assertThat(permitted(decision)).containsExactly("short");
    assertThat(codes(decision, "unknown")).containsExactly("RETENTION");
  }

  @Test
  void storageIsHeldToItsOwnLimits() {
    Decision decision =
        decide(
            policy("1"),
            profile(tenant("acme").setStorageRegions(List.of("EU")), of("asked_storage", "DE")),
            offering("de", "gpt", Lane.API).setStorageRegions(List.of("DE")).build(),
            offering("eu", "gpt", Lane.API).build(),
            offering("us", "gpt", Lane.API).setStorageRegions(List.of("US")).build());

    assertThat(permitted(decision)).containsExactly("de");
    assertThat(codes(decision, "us")).containsExactly("STORE_REGION", "STORE_REGION");
  }

  @Test
  void aVolumeThatReachedItsLimitIsKnownToRulesForItsCounterpartyOnly() {
    PolicyBundle bundle =
        policy("1", rule("bulk", RuleEffect.DENY, "'us-bulk' in volumes_reached").build());
    Offering api = offering("api", "gpt", Lane.API).build();

    assertThat(permitted(decide(bundle, profile(tenant("globex")), api))).isEmpty();
    assertThat(permitted(decide(bundle, profile(tenant("acme")), api))).containsExactly("api");
  }

  @Test
  void aListOfTheBundleIsAVariable() {
    PolicyBundle bundle =
        policy("1", rule("listed", RuleEffect.DENY, "provider_country in negative_list").build());
    bundle.setLists(List.of(new NamedList("negative_list", "a gazette", List.of("US"))));

    assertThat(
            codes(
                decide(bundle, profile(tenant("acme")), offering("api", "gpt", Lane.API).build()),
                "api"))
        .containsExactly("LISTED");
  }

  @Test
  void aPermitOfTheContractIsCitedBesideTheDenialThatItDoesNotLift() {
    Decision decision =
        decide(
            policy("1", rule("law", RuleEffect.DENY, "true").build()),
            profile(tenant("acme")),
            offering("named", "gpt", Lane.API).build());

    assertThat(((Decision.Refused) decision).reasons())
        .extracting(Reason::getCode)
        .containsExactly("LAW", "CONTRACT_PERMIT");
  }

  private static Rule.Builder oblige(String id, ObligationKind kind, String condition) {
    return rule(id, RuleEffect.OBLIGE, condition).setObligation(kind);
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
    return decide(bundle, profile, START, offerings);
  }

  private static Decision decide(
      PolicyBundle bundle, RequestProfile profile, Instant at, Offering... offerings) {
    return new CelPolicyEngine(
            Optional.of(new RuleCompiler().compile(bundle)),
            none(),
            new ReachedVolumes(
                List.of(
                    VolumeState.newBuilder()
                        .setVolumeId("v")
                        .setTenant("globex")
                        .setProvider("openai")
                        .setCounter("us-bulk")
                        .setDataClass("health")
                        .setPersons(9_000)
                        .setReached(true)
                        .setAt(START)
                        .build())))
        .decide(profile, List.of(offerings), Set.of("named"), at);
  }

  private static Suspensions none() {
    return new ControlState(PolicyTrust.ofDrafts(), () -> {}).snapshot().suspensions();
  }

  private static RequestProfile profile(Tenant.Builder tenant, Attribute... known) {
    ObjectNode body = new ObjectMapper().createObjectNode();
    Tagging tagging =
        new JurisdictionTagger()
            .tag(
                tenant.build(),
                Account.newBuilder().setId("seat-1").build(),
                "gpt",
                List.of(known),
                List.of(),
                body);
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
