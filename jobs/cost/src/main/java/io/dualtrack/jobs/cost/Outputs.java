package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.OutputTag;

/** What the pricing operators give beside ledger rows. */
final class Outputs {

  static final TypeInformation<List<LedgerEntry>> ROWS =
      Types.LIST(RecordType.ofRecord(LedgerEntry.class));

  /** Changes of rollups, see {@link Rollups#changes}. */
  static final OutputTag<CostRollup> CHANGES =
      new OutputTag<>("rollup changes", RecordType.ofRecord(CostRollup.class));

  /** All rows of an exchange of which at least one waits for a price. */
  static final OutputTag<List<LedgerEntry>> WITHOUT_PRICE =
      new OutputTag<>("rows without a price", ROWS);

  private Outputs() {}
}
