package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.Exchange;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/**
 * An exchange once for each relation that it shows, without what only others need. One without
 * features or relations can be evidence of nothing.
 */
final class ByRelation implements FlatMapFunction<Exchange, Tuple2<String, Exchange>> {

  private static final long serialVersionUID = 1;

  @Override
  public void flatMap(Exchange exchange, Collector<Tuple2<String, Exchange>> out) {
    if (exchange.getFeatures() == null) {
      return;
    }
    List<Relation> relations = Relation.of(exchange.getRelations());
    if (relations.isEmpty()) {
      return;
    }
    Exchange evidence = withoutUsage(exchange);
    for (Relation relation : relations) {
      out.collect(Tuple2.of(relation.key(), evidence));
    }
  }

  private static Exchange withoutUsage(Exchange exchange) {
    Exchange evidence = Exchange.newBuilder(exchange).build();
    evidence.setUsage(null);
    evidence.setRawUsage(null);
    return evidence;
  }
}
