package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class LedgerIT {

  @Test
  void theLedgerEqualsARecomputationAfterAKillAndARestoreWithDuplicatesAndDisorder() {
    int differences =
        new CommandLine(new LedgerCommand()).execute("--exchanges", "3000", "--kills", "1");

    assertThat(differences).isZero();
  }
}
