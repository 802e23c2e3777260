package io.dualtrack.review.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.ExemptionKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExemptionControlTest {

  private static final String GOOD =
      """
      exemptions:
        - id: harness
          kind: PUBLIC_TEXT
          text: You are a solver of a public harness and read each task with care.
          reason: published
          approver: ann
          effective_from: 2026-11-01
          effective_to: 2027-05-01
        - id: lab
          kind: ORGANISATION
          tenant: acme
          reason: contract 12
          approver: ann
          effective_from: 2026-11-01
          effective_to: 2027-05-01
      """;

  @Test
  void exemptionsAreReadWithTheOtherRecords() throws Exception {
    assertThat(read(GOOD).exemptions())
        .extracting(AbuseExemption::getKind)
        .containsExactly(ExemptionKind.PUBLIC_TEXT, ExemptionKind.ORGANISATION);
  }

  @Test
  void whatWouldExemptAlmostEverybodyIsRefusedWithItsLine() {
    assertRefused(
        GOOD.replace(" of a public harness and read each task with care", ""),
        "4: 'text' has fewer than 12 words");
    assertRefused(GOOD.replace("    tenant: acme\n", ""), "'tenant' and 'payment' is everybody");
    assertRefused(
        GOOD.replace("effective_to: 2027-05-01", "effective_to: 2031-01-01"),
        "'effective_to' is more than a year after 'effective_from'");
    assertRefused(GOOD.replace("approver: ann", "approver: ' '"), "'approver' is blank");
    assertRefused(GOOD.replace("id: lab", "id: harness"), "exemption 'harness' is there twice");
  }

  private static void assertRefused(String text, String problem) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOfSatisfying(
            InvalidControlException.class,
            refused -> assertThat(refused.problems().toString()).contains(problem));
  }

  private static ControlSet read(String text) throws InvalidControlException {
    return ControlReader.readTexts(Map.of("exemptions.yaml", text), ControlSet.empty(), List.of());
  }
}
