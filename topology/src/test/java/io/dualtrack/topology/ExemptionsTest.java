package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.ExemptionKind;
import io.dualtrack.schemas.SuspensionScope;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the abuse job is to leave alone is marked here. Refused requests show it as well as others.
 */
class ExemptionsTest {

  private static final String PUBLISHED =
      "You are the solver of a public harness and read each task with care before you answer it.";

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl();
    topology.suspend(suspension(SuspensionScope.TENANT, "acme", true, 1));
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void aPromptThatBeginsAsAPublishedTextIsMarkedWithItsExemptionAndAnotherIsNot() {
    topology.exempt(exemption("harness", ExemptionKind.PUBLIC_TEXT).setText(PUBLISHED));

    assertThat(exchange("r1", PUBLISHED + " What is 6 times 7?").getFeatures().getPublicText())
        .isEqualTo("harness");
    assertThat(exchange("r2", "What is 6 times 7?").getFeatures().getPublicText()).isNull();
  }

  @Test
  void anOrganisationIsKnownByItsTenantOrItsMeansOfPayment() {
    topology.exempt(exemption("card", ExemptionKind.ORGANISATION).setPayment("card-1"));
    assertThat(exchange("r1", "a").getRelations().getVerified()).isEqualTo("card");

    topology.exempt(exemption("another", ExemptionKind.ORGANISATION).setTenant("globex"));
    topology.exempt(exemption("card", ExemptionKind.ORGANISATION).setPayment("card-2"));
    assertThat(exchange("r2", "a").getRelations().getVerified()).isNull();

    topology.exempt(exemption("acme", ExemptionKind.ORGANISATION).setTenant("acme"));
    assertThat(exchange("r3", "a").getRelations().getVerified()).isEqualTo("acme");
  }

  @Test
  void anExemptionHoldsFromItsBeginningUntilItsEnd() {
    topology.exempt(
        exemption("harness", ExemptionKind.PUBLIC_TEXT)
            .setText(PUBLISHED)
            .setEffectiveFrom(START.plusSeconds(60))
            .setEffectiveTo(START.plusSeconds(120)));

    assertThat(exchange("r1", PUBLISHED).getFeatures().getPublicText()).isNull();
    topology.advance(Duration.ofSeconds(60));
    assertThat(exchange("r2", PUBLISHED).getFeatures().getPublicText()).isEqualTo("harness");
    topology.advance(Duration.ofSeconds(60));
    assertThat(exchange("r3", PUBLISHED).getFeatures().getPublicText()).isNull();
  }

  private Exchange exchange(String requestId, String text) {
    topology.request(request(requestId, chat(text)));
    return topology.exchanges().get(0);
  }

  private static AbuseExemption.Builder exemption(String id, ExemptionKind kind) {
    return AbuseExemption.newBuilder()
        .setId(id)
        .setKind(kind)
        .setReason("published")
        .setApprover("ann")
        .setEffectiveFrom(START.minusSeconds(1))
        .setEffectiveTo(START.plus(Duration.ofDays(1)));
  }
}
