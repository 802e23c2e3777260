package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.ExemptionKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AbuseExemptionsTest {

  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private static final AbuseExemption LABORATORY =
      AbuseExemption.newBuilder()
          .setId("lab-7")
          .setKind(ExemptionKind.ORGANISATION)
          .setTenant("acme")
          .setReason("an evaluation laboratory, contract 12")
          .setApprover("ann")
          .setEffectiveFrom(NOW.minusSeconds(3_600))
          .setEffectiveTo(NOW.plusSeconds(3_600))
          .build();
  private static final AbuseExemption HARNESS =
      AbuseExemption.newBuilder(LABORATORY)
          .setId("harness")
          .setKind(ExemptionKind.PUBLIC_TEXT)
          .setTenant(null)
          .setText("You are the solver of a public harness")
          .setEffectiveTo(NOW)
          .build();

  @Test
  void eachIsSaidWithWhoApprovedItWhyAndForHowLong() {
    assertThat(printed(false, LABORATORY, HARNESS).lines().map(line -> line.split(" {2,}")))
        .containsExactly(
            new String[] {"exemption", "of", "standing", "from", "to", "approved by", "reason"},
            new String[] {
              "harness",
              "a published text",
              "over",
              "2026-11-21T07:00:00Z",
              "2026-11-21T08:00:00Z",
              "ann",
              "an evaluation laboratory, contract 12"
            },
            new String[] {
              "lab-7",
              "tenant acme",
              "in force",
              "2026-11-21T07:00:00Z",
              "2026-11-21T09:00:00Z",
              "ann",
              "an evaluation laboratory, contract 12"
            });
  }

  @Test
  void forScriptsEachIsALineOfJson() {
    assertThat(printed(true, LABORATORY))
        .contains("\"id\":\"lab-7\"", "\"approver\":\"ann\"", "\"standing\":\"in force\"")
        .hasLineCount(1);
  }

  @Test
  void whereThereIsNoneThatIsSaid() {
    assertThat(printed(false)).isEqualToIgnoringNewLines("no exemptions");
  }

  private static String printed(boolean json, AbuseExemption... exemptions) {
    StringWriter out = new StringWriter();
    AbuseExemptionsCommand.print(List.of(exemptions), json, NOW, new PrintWriter(out, true));
    return out.toString();
  }
}
