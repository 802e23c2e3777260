package io.dualtrack.topology.move;

import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.Moves;
import io.dualtrack.schemas.MoveEvent;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SeenQuality;
import io.dualtrack.schemas.ShadowDay;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.topology.settlement.Table;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Tells moves how the answers of their two offerings compare. The comparison job adds up weeks, in
 * which what changed at a step would be lost; so only what is new of each record is passed on.
 */
public final class ComparedPairs implements Processor<String, ShadowQuality, String, Object> {

  private static final String STORE = "move-quality";

  private final String group;
  private final ControlState control;
  private final TopologyMeters meters;
  private Outbox outbox;
  private KeyValueStore<String, SeenQuality> seen;

  public ComparedPairs(String group, ControlState control, TopologyMeters meters) {
    this.group = group;
    this.control = control;
    this.meters = meters;
  }

  public static StoreBuilder<?> store(SchemaRegistry registry) {
    return Table.store(registry, STORE, SeenQuality.class);
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.outbox = new Outbox(context, group, meters);
    this.seen = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<String, ShadowQuality> record) {
    ShadowQuality quality = record.value();
    if (quality == null) {
      seen.delete(record.key());
      return;
    }
    SeenQuality before = seen.get(record.key());
    Map<String, List<ShadowShare>> days = new HashMap<>();
    List<ShadowShare> fresh = List.of();
    for (ShadowDay day : quality.getDays()) {
      days.put(day.getDay(), day.getShares());
      List<ShadowShare> known =
          before == null ? List.of() : before.getDays().getOrDefault(day.getDay(), List.of());
      fresh = sum(fresh, less(day.getShares(), known));
    }
    seen.put(record.key(), new SeenQuality(days));
    for (Moves.Standing standing : control.snapshot().moves().all()) {
      if (!fresh.isEmpty() && isAbout(quality, standing)) {
        outbox.moved(
            MoveEvent.newBuilder()
                .setMove(standing.move().getId())
                .setStartedAt(standing.move().getStartedAt())
                .setPairs(fresh)
                .build());
      }
    }
  }

  private static boolean isAbout(ShadowQuality quality, Moves.Standing standing) {
    return standing.state() == MoveState.RUNNING
        && standing.isFor(quality.getTenant())
        && quality.getFrom().equals(standing.move().getFrom())
        && quality.getTo().equals(standing.move().getTo());
  }

  static List<ShadowShare> sum(List<ShadowShare> one, List<ShadowShare> other) {
    return combined(one, other, 1);
  }

  private static List<ShadowShare> less(List<ShadowShare> one, List<ShadowShare> other) {
    return combined(one, other, -1);
  }

  /** By measure; without those of which there is no pair. */
  private static List<ShadowShare> combined(
      List<ShadowShare> one, List<ShadowShare> other, int sign) {
    Map<ShadowMeasure, ShadowShare> sums = new EnumMap<>(ShadowMeasure.class);
    one.forEach(share -> sums.put(share.getMeasure(), share));
    for (ShadowShare share : other) {
      ShadowShare known =
          sums.getOrDefault(
              share.getMeasure(), new ShadowShare(share.getMeasure(), 0L, 0L, 0L, 0L));
      sums.put(
          share.getMeasure(),
          new ShadowShare(
              share.getMeasure(),
              known.getPairs() + sign * share.getPairs(),
              known.getFrom() + sign * share.getFrom(),
              known.getTo() + sign * share.getTo(),
              known.getBoth() + sign * share.getBoth()));
    }
    List<ShadowShare> left = new ArrayList<>(sums.values());
    left.removeIf(share -> share.getPairs() <= 0);
    return left;
  }

  /** Pairs of the measure that most could be asked of. */
  static long most(List<ShadowShare> shares) {
    return shares.stream().mapToLong(ShadowShare::getPairs).max().orElse(0);
  }
}
