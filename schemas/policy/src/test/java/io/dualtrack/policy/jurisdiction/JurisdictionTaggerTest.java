package io.dualtrack.policy.jurisdiction;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger.Tagging;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.UsPerson;
import io.dualtrack.schemas.UsPersonStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JurisdictionTaggerTest {

  private static final String NONE = "{}";

  @Test
  void contractSubjectsAndBothCountriesBindTogether() {
    Tagging.Tagged tagged =
        tag(
            tenant("acme").setJurisdictions(List.of("DE")),
            "{\"metadata\":{\"dualtrack.regions\":\"us, RU\",\"dualtrack.country\":\"gb\"}}",
            new Attribute("ip_country", List.of("JP"), AttributeSource.ADDRESS));
    assertThat(tagged.profile().jurisdictions()).containsExactly("EU", "JP", "RU", "UK", "US");
    assertThat(tagged.profile().declaredCountry()).isEqualTo("GB");
    assertThat(tagged.profile().ipCountry()).isEqualTo("JP");
    assertThat(tagged.attributes())
        .extracting(Attribute::getSource)
        .contains(AttributeSource.CALLER, AttributeSource.ADDRESS, AttributeSource.TENANT_CONTRACT);
  }

  @Test
  void nothingKnownIsUnknown() {
    assertThat(tag(tenant("acme"), NONE).profile().jurisdictions()).containsExactly("UNKNOWN");
    assertThat(tag(tenant("acme"), NONE).profile().countryKnown()).isFalse();
  }

  @Test
  void aCallerCannotTakeAnythingAwayOrSpeakForTheContract() {
    Tenant.Builder strict =
        tenant("acme").setProcessingRegions(List.of("EU")).setDataClasses(List.of("personal"));
    Tagging.Tagged tagged =
        tag(
            strict,
            "{\"metadata\":{\"dualtrack.data_classes\":\"public\",\"dualtrack.processing\":\"US\"}}",
            new Attribute("contract_processing", List.of("US"), AttributeSource.CALLER),
            new Attribute("transfer_mechanisms", List.of("SCC"), AttributeSource.CALLER),
            new Attribute("ip_country", List.of("US"), AttributeSource.CALLER));
    assertThat(tagged.profile().dataClasses()).containsExactly("personal", "public");
    assertThat(tagged.profile().contractProcessing()).containsExactly("EU");
    assertThat(tagged.profile().transferMechanisms()).isEmpty();
    assertThat(tagged.profile().ipCountry()).isEmpty();
  }

  @Test
  void sourcesThatDisagreeOnACountryLeaveItUnknownAndBindBoth() {
    Tagging.Tagged tagged =
        tag(
            tenant("acme"),
            NONE,
            new Attribute("ip_country", List.of("US"), AttributeSource.ADDRESS),
            new Attribute("ip_country", List.of("CN"), AttributeSource.ADDRESS));
    assertThat(tagged.profile().countryKnown()).isFalse();
    assertThat(tagged.profile().jurisdictions()).containsExactly("CN", "US");
  }

  @Test
  void termsThatAreNotUnderstoodMakeTheRequestInvalid() {
    for (String metadata :
        List.of(
            "\"dualtrack.region\":\"EU\"",
            "\"dualtrack.regions\":7",
            "\"dualtrack.regions\":\"\"",
            "\"dualtrack.regions\":\"EU,,US\"",
            "\"dualtrack.data_classes\":\"persnal\"",
            "\"dualtrack.country\":\"Germany\"",
            "\"dualtrack.no_store\":\"yes\"",
            "\"dualtrack.regimes\":\"DORAA\"",
            "\"dualtrack.retention_days\":\"0\"",
            "\"dualtrack.persons\":\"many\"",
            "\"dualtrack.us_person\":\"yes\"")) {
      Tagging tagging =
          new JurisdictionTagger()
              .tag(
                  tenant("acme").build(),
                  account(),
                  "gpt",
                  List.of(),
                  List.of(),
                  json("{\"metadata\":{" + metadata + "}}"));
      assertThat(tagging).as(metadata).isInstanceOf(Tagging.Unclear.class);
      assertThat(tagging.toString()).doesNotContain("persnal", "Germany");
    }
  }

  @Test
  void termsBesideTheBodyAreHeldToTheSame() {
    Tagging tagging =
        new JurisdictionTagger()
            .tag(
                tenant("acme").build(),
                account(),
                "gpt",
                List.of(new Attribute("data_classes", List.of("persnal"), AttributeSource.CALLER)),
                List.of(),
                json(NONE));
    assertThat(tagging).isInstanceOf(Tagging.Unclear.class);
    assertThat(tagging.toString()).contains("data_classes").doesNotContain("persnal");
  }

  @Test
  void aCountryThatAProducerLookedUpBindsHoweverItIsWritten() {
    assertThat(
            tag(
                    tenant("acme"),
                    NONE,
                    new Attribute("ip_country", List.of(" kp "), AttributeSource.ADDRESS))
                .profile()
                .jurisdictions())
        .containsExactly("KP");
  }

  @Test
  void limitsOfCallerAndContractNarrowEachOther() {
    Tagging.Tagged tagged =
        tag(
            tenant("acme").setRetentionLimitDays(30).setRegimes(List.of("DORA")),
            """
            {"metadata":{"dualtrack.retention_days":"7","dualtrack.regimes":"glba",
            "dualtrack.processing":"DE,US","dualtrack.storage":"EU"}}""",
            new Attribute("asked_processing", List.of("EU"), AttributeSource.CALLER),
            new Attribute("retention_limit_days", List.of("90"), AttributeSource.CALLER));
    assertThat(tagged.profile().retentionLimitDays()).isEqualTo(7);
    assertThat(tagged.profile().regimes()).containsExactly("DORA", "GLBA");
    assertThat(tagged.profile().askedProcessing()).containsExactly("DE");
    assertThat(tagged.profile().askedStorage()).containsExactly("EU");
  }

  @Test
  void aUsPersonIsOneByTheAccountsEvidenceOnlyWithinItsDatesAndIfNobodySaysNo() {
    Account verified =
        Account.newBuilder()
            .setId("seat-1")
            .setEarUsPerson(
                new UsPerson(UsPersonStatus.YES, "file 7", START, START.plusSeconds(3_600)))
            .build();
    Attribute claim = new Attribute("ear_us_person", List.of("yes"), AttributeSource.IDENTITY);

    assertThat(usPerson(account(), NONE, START)).isFalse();
    assertThat(usPerson(verified, NONE, START)).isTrue();
    assertThat(usPerson(verified, NONE, START.minusSeconds(1))).isFalse();
    assertThat(usPerson(verified, NONE, START.plusSeconds(3_600))).isFalse();
    assertThat(usPerson(verified, "{\"metadata\":{\"dualtrack.us_person\":\"no\"}}", START))
        .isFalse();
    assertThat(
            new JurisdictionTagger()
                .tag(
                    tenant("acme").build(),
                    account(),
                    "gpt",
                    List.of(claim),
                    List.of(),
                    json(NONE)))
        .isInstanceOf(Tagging.Unclear.class);
  }

  @Test
  void aLaterContractReplacesTheEarlierOneAndNothingElse() {
    Tagging.Tagged tagged =
        tag(
            tenant("acme").setProcessingRegions(List.of("EU", "US")),
            "{\"metadata\":{\"dualtrack.regions\":\"JP\"}}");
    RequestFacts facts = facts();
    facts.setAttributes(tagged.attributes());
    facts.setJurisdictions(tagged.profile().jurisdictions());

    RequestFacts again =
        JurisdictionTagger.again(
            facts,
            tenant("acme")
                .setProcessingRegions(List.of("EU"))
                .setJurisdictions(List.of("DE"))
                .build(),
            account());

    RequestProfile profile = RequestProfile.of(again);
    assertThat(profile.contractProcessing()).containsExactly("EU");
    assertThat(profile.jurisdictions()).containsExactly("EU", "JP");
  }

  private static boolean usPerson(Account account, String body, Instant at) {
    Tagging tagging =
        new JurisdictionTagger()
            .tag(tenant("acme").build(), account, "gpt", List.of(), List.of(), json(body));
    return ((Tagging.Tagged) tagging).profile().usPersonAt(at);
  }

  @Test
  void onlyOwnMetadataIsTakenOut() {
    ObjectNode body = json("{\"metadata\":{\"dualtrack.regions\":\"EU\",\"team\":\"x\"}}");
    new JurisdictionTagger()
        .tag(tenant("acme").build(), account(), "gpt", List.of(), List.of(), body);
    assertThat(body).hasToString("{\"metadata\":{\"team\":\"x\"}}");

    ObjectNode alone = json("{\"metadata\":{\"dualtrack.regions\":\"EU\"}}");
    new JurisdictionTagger()
        .tag(tenant("acme").build(), account(), "gpt", List.of(), List.of(), alone);
    assertThat(alone).hasToString("{}");
  }

  private static Tagging.Tagged tag(Tenant.Builder tenant, String body, Attribute... known) {
    return (Tagging.Tagged)
        new JurisdictionTagger()
            .tag(tenant.build(), account(), "gpt", List.of(known), List.of(), json(body));
  }

  private static RequestFacts facts() {
    return RequestFacts.newBuilder()
        .setRequestId("r-1")
        .setTenant("acme")
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setModel("gpt")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of())
        .setSubmittedAt(START)
        .setDeadline(START)
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  private static Account account() {
    return Account.newBuilder().setId("seat-1").build();
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
