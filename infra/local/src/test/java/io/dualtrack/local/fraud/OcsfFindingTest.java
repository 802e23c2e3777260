package io.dualtrack.local.fraud;

import static io.dualtrack.local.fraud.Alerts.START;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.RecommendedAction;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OcsfFindingTest {

  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(VersionFlag.V202012)
          .getSchema(OcsfFindingTest.class.getResourceAsStream("detection-finding-1.3.0.json"));

  @Test
  void theFirstAlertOfAClusterIsAFindingThatIsCreatedAndItsGrowthAnUpdate() {
    ObjectNode created = OcsfFinding.of(Alerts.first("c1"), START);
    ObjectNode updated = OcsfFinding.of(Alerts.second("c1"), START);

    assertValid(created);
    assertValid(updated);
    assertThat(created.get("type_uid").intValue()).isEqualTo(200_401);
    assertThat(updated.get("type_uid").intValue()).isEqualTo(200_402);
    assertThat(updated.at("/finding_info/uid")).isEqualTo(created.at("/finding_info/uid"));
    assertThat(updated.at("/finding_info/created_time").longValue())
        .isEqualTo(START.toEpochMilli());
    assertThat(updated.get("time").longValue()).isEqualTo(START.toEpochMilli() + 3_600_000);
    assertThat(created.get("confidence_score").intValue()).isEqualTo(87);
    assertThat(created.at("/evidences/1/data/signal").textValue()).isEqualTo("S4");
    assertThat(created.at("/resources/1/namespace").textValue()).isEqualTo("globex");
    assertThat(created.at("/observables/1/value").textValue()).isEqualTo("seat-2");
  }

  @ParameterizedTest
  @EnumSource(AlertKind.class)
  void everyKindIsAFinding(AlertKind kind) {
    assertValid(
        OcsfFinding.of(
            AbuseAlert.newBuilder(Alerts.first("c1")).setKind(kind).setTenant("acme").build(),
            START));
  }

  @ParameterizedTest
  @EnumSource(RecommendedAction.class)
  void everyRecommendationHasASeverity(RecommendedAction action) {
    ObjectNode finding =
        OcsfFinding.of(
            AbuseAlert.newBuilder(Alerts.first("c1")).setRecommendedAction(action).build(), START);

    assertValid(finding);
    assertThat(finding.get("severity_id").intValue()).isBetween(3, 5);
  }

  @Test
  void whatAnExemptionSuppressedIsNoAlertAndSaysWhichOne() {
    ObjectNode finding =
        OcsfFinding.of(
            AbuseAlert.newBuilder(Alerts.first("c1")).setSuppressedBy("public-harness").build(),
            START);

    assertValid(finding);
    assertThat(finding.get("status").textValue()).isEqualTo("Suppressed");
    assertThat(finding.get("is_alert").booleanValue()).isFalse();
    assertThat(finding.at("/unmapped/suppressed_by").textValue()).isEqualTo("public-harness");
  }

  @Test
  void anAlertThatAddsThousandsIsOneEventOfBoundedSize() {
    AbuseAlert large =
        AbuseAlert.newBuilder(Alerts.first("c1"))
            .setAccountsAdded(Collections.nCopies(25_000, "seat"))
            .build();

    ObjectNode finding = OcsfFinding.of(large, START);

    assertValid(finding);
    assertThat(finding.get("resources")).hasSize(OcsfFinding.MOST_RESOURCES);
    assertThat(finding.at("/unmapped/accounts_added").intValue()).isEqualTo(25_000);
  }

  @Test
  void theSchemaRefusesWhatLacksARequiredAttributeOrHasAnUnknownValue() {
    ObjectNode finding = OcsfFinding.of(Alerts.first("c1"), START);
    finding.remove("finding_info");
    assertThat(SCHEMA.validate(finding)).isNotEmpty();

    finding = OcsfFinding.of(Alerts.first("c1"), START);
    finding.put("severity_id", 7);
    assertThat(SCHEMA.validate(finding)).isNotEmpty();

    finding = OcsfFinding.of(Alerts.first("c1"), START);
    finding.withArray("evidences").addObject().put("name", "nothing of substance");
    assertThat(SCHEMA.validate(finding)).isNotEmpty();
  }

  private static void assertValid(JsonNode finding) {
    assertThat(SCHEMA.validate(finding)).as(finding.toPrettyString()).isEmpty();
  }
}
