package io.dualtrack.topology.jurisdiction;

import static io.dualtrack.topology.Records.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.topology.jurisdiction.JurisdictionTagger.Tagging;
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
            "\"dualtrack.no_store\":\"yes\"")) {
      Tagging tagging =
          new JurisdictionTagger()
              .tag(
                  tenant("acme").build(),
                  "gpt",
                  List.of(),
                  json("{\"metadata\":{" + metadata + "}}"));
      assertThat(tagging).as(metadata).isInstanceOf(Tagging.Unclear.class);
      assertThat(tagging.toString()).doesNotContain("persnal", "Germany");
    }
  }

  @Test
  void onlyOwnMetadataIsTakenOut() {
    ObjectNode body = json("{\"metadata\":{\"dualtrack.regions\":\"EU\",\"team\":\"x\"}}");
    new JurisdictionTagger().tag(tenant("acme").build(), "gpt", List.of(), body);
    assertThat(body).hasToString("{\"metadata\":{\"team\":\"x\"}}");

    ObjectNode alone = json("{\"metadata\":{\"dualtrack.regions\":\"EU\"}}");
    new JurisdictionTagger().tag(tenant("acme").build(), "gpt", List.of(), alone);
    assertThat(alone).hasToString("{}");
  }

  private static Tagging.Tagged tag(Tenant.Builder tenant, String body, Attribute... known) {
    return (Tagging.Tagged)
        new JurisdictionTagger().tag(tenant.build(), "gpt", List.of(known), json(body));
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
