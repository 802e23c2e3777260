package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.batches.RunSummary;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class SummaryReportTest {

  @Test
  void moneyKeepsEveryDigitInJson() {
    assertThat(SummaryReport.plain(new BigDecimal("0.000000550000000000"))).isEqualTo("0.00000055");
    assertThat(SummaryReport.plain(new BigDecimal("0E-18"))).isEqualTo("0");
    assertThat(SummaryReport.plain(new BigDecimal("1E+3"))).isEqualTo("1000");
  }

  @Test
  void aRunOfNothingStillReadsAsASummary() {
    StringWriter text = new StringWriter();

    SummaryReport.print(new RunSummary(), new PrintWriter(text));

    assertThat(text.toString())
        .contains("requests 0, results 0, none twice")
        .contains("cost $0.000000");
    assertThat(SummaryReport.json(new RunSummary()).get("cost_usd").textValue()).isEqualTo("0");
  }
}
