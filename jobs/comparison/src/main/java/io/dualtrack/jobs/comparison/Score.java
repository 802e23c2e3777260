package io.dualtrack.jobs.comparison;

import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.util.Collector;

/** Makes counts of each pair. One whose texts nobody can open any more is passed over. */
final class Score extends RichFlatMapFunction<ShadowPair, ShadowQuality> {

  private static final long serialVersionUID = 1;

  private transient Counter unreadable;
  private transient PairScorer scorer;

  @Override
  public void open(OpenContext context) {
    unreadable = getRuntimeContext().getMetricGroup().counter("unreadablePairs");
    scorer = new PairScorer();
  }

  @Override
  public void flatMap(ShadowPair pair, Collector<ShadowQuality> out) {
    boolean sealed =
        pair.getSealed() != null
            || pair.getPrimary().getSealed() != null
            || pair.getShadow().getSealed() != null;
    if (sealed) {
      unreadable.inc();
    } else {
      out.collect(scorer.score(pair));
    }
  }
}
