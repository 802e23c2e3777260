package io.dualtrack.local.review;

import static io.dualtrack.review.ReviewRecords.decision;
import static io.dualtrack.review.ReviewRecords.suspension;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MonthlyReportTest {

  private static final Instant WITHDRAWN = Instant.parse("2026-06-12T12:00:00Z");
  private static final Instant LIFTED = Instant.parse("2026-07-01T12:00:00Z");

  private final ControlHistory history = new ControlHistory();

  @BeforeEach
  void theYear() {
    change(WITHDRAWN, "suspensions/sol", suspension(ExportState.SUSPENDED, 1, WITHDRAWN));
    change(LIFTED, "suspensions/sol", suspension(ExportState.OPEN, 2, LIFTED));
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
}
