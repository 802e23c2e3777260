package io.dualtrack.inference.flow;

import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;

/** Has a lane's flow register all that it ever registers. */
public final class EveryFlowMeter {

  private EveryFlowMeter() {}

  public static void count(MeterRegistry registry) {
    OfferingMeters offering = new FlowMeters(registry, Lane.API).of("an-offering");
    offering.called("200", Duration.ofMillis(7));
    offering.completed(CompletionStatus.ANSWERED);
  }
}
