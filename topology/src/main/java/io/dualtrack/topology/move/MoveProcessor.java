package io.dualtrack.topology.move;

import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.Moves;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveEvent;
import io.dualtrack.schemas.MoveSide;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveTally;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.MovedCall;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.settlement.Outbox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes moves their steps onward, and back.
 *
 * <p>The only writer of the shares: operators start and stop a move by a record of its own, so a
 * step that is taken at the same moment never undoes what they said.
 */
public final class MoveProcessor implements Processor<String, MoveEvent, String, Object> {

  private static final Logger LOG = LoggerFactory.getLogger(MoveProcessor.class);
  private static final String STORE = "moves";
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  /** Who changes shares, in the history of the control records. */
  static final String ACTOR = "dualtrack";

  private static final String FIRST_STEP = "it was started";
  private static final int ALL = 100;

  private final String group;
  private final ControlState control;
  private final TopologyMeters meters;
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private KeyValueStore<String, MoveTally> tallies;

  public MoveProcessor(String group, ControlState control, TopologyMeters meters) {
    this.group = group;
    this.control = control;
    this.meters = meters;
  }

  /** The store of the counts; there are few, so they are held in memory. */
  public static StoreBuilder<?> store(SchemaRegistry registry) {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(STORE),
        Serdes.String(),
        new AvroSerde<>(registry, MoveTally.class));
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.tallies = context.getStateStore(STORE);
    context.schedule(LOOK_EVERY, PunctuationType.WALL_CLOCK_TIME, millis -> look());
  }

  @Override
  public void process(Record<String, MoveEvent> record) {
    MoveEvent event = record.value();
    Optional<Moves.Standing> standing =
        event == null
            ? Optional.empty()
            : control.snapshot().moves().running(event.getMove(), event.getStartedAt());
    if (standing.isEmpty()) {
      return;
    }
    MoveTally tally = tally(standing.get());
    if (tally.getState() == MoveState.RUNNING) {
      add(event, tally);
      settle(standing.get().move(), tally);
    }
  }

  private static void add(MoveEvent event, MoveTally tally) {
    MovedCall call = event.getCall();
    if (call != null) {
      MoveSide side = call.getMoved() ? tally.getTarget() : tally.getSource();
      side.setCalls(side.getCalls() + 1);
      if (call.getFailed()) {
        side.setFailed(side.getFailed() + 1);
      } else {
        Latencies.add(side.getAnswered(), call.getMillis());
      }
    }
    tally.setPairs(ComparedPairs.sum(tally.getPairs(), event.getPairs()));
    tally.setUntold(true);
  }

  /** Time alone may allow a step; and who watches a move wants to see it come on. */
  private void look() {
    List<Moves.Standing> all = control.snapshot().moves().all();
    for (Moves.Standing standing : all) {
      MoveTally tally = tally(standing);
      if (tally.getState() == MoveState.RUNNING) {
        settle(standing.move(), tally);
      }
      if (tally.getUntold()) {
        tally.setUntold(false);
        tallies.put(standing.move().getId(), tally);
        outbox.weight(weight(standing.move(), tally));
      }
    }
    forgetAllBut(all.stream().map(standing -> standing.move().getId()).toList());
  }

  private void forgetAllBut(List<String> moves) {
    List<String> over = new ArrayList<>();
    try (KeyValueIterator<String, MoveTally> entries = tallies.all()) {
      entries.forEachRemaining(
          entry -> {
            if (!moves.contains(entry.key)) {
              over.add(entry.key);
            }
          });
    }
    over.forEach(tallies::delete);
  }

  /** The counts of a run of a move, from nothing where there are none: then what was told holds. */
  private MoveTally tally(Moves.Standing standing) {
    MoveTally known = tallies.get(standing.move().getId());
    if (known != null && known.getStartedAt().equals(standing.move().getStartedAt())) {
      return known;
    }
    return MoveTally.newBuilder()
        .setStartedAt(standing.move().getStartedAt())
        .setState(standing.state())
        .setStep(Math.max(0, standing.move().getSteps().indexOf(standing.percent())))
        .setStepAt(now())
        .setSource(new MoveSide(0L, 0L, new ArrayList<>()))
        .setTarget(new MoveSide(0L, 0L, new ArrayList<>()))
        .setReason(FIRST_STEP)
        .setUntold(standing.state() == MoveState.RUNNING)
        .build();
  }

  private void settle(Move move, MoveTally tally) {
    Verdict verdict = Gatekeeper.judge(move, tally, now());
    if (verdict instanceof Verdict.Back back) {
      tally.setState(MoveState.RETURNED);
      tell(move, tally, back.why(), "returned");
    } else if (verdict instanceof Verdict.Onward onward) {
      onward(move, tally, onward.why());
    }
    tallies.put(move.getId(), tally);
  }

  private void onward(Move move, MoveTally tally, String why) {
    int next = tally.getStep() + 1;
    if (next == move.getSteps().size()) {
      tally.setState(MoveState.DONE);
      tell(move, tally, why, "done");
      return;
    }
    tally.setStep(next);
    tally.setStepAt(now());
    tell(move, tally, why, "onward");
    tally.setTarget(new MoveSide(0L, 0L, new ArrayList<>()));
    // Where the target has everything, what the source did before is all there is to compare with.
    if (move.getSteps().get(next) != ALL) {
      tally.setSource(new MoveSide(0L, 0L, new ArrayList<>()));
    }
    tally.setPairs(new ArrayList<>());
  }

  private void tell(Move move, MoveTally tally, String why, String what) {
    tally.setReason(why);
    MoveWeight weight = weight(move, tally);
    tally.setUntold(false);
    outbox.weight(weight);
    outbox.remember(weight, ACTOR);
    meters.move(move.getId(), what);
    LOG.warn(
        "a move took a step; move={} from={} to={} state={} percent={} why={}",
        move.getId(),
        move.getFrom(),
        move.getTo(),
        weight.getState(),
        weight.getPercent(),
        why);
  }

  private MoveWeight weight(Move move, MoveTally tally) {
    return MoveWeight.newBuilder()
        .setMove(move.getId())
        .setStartedAt(move.getStartedAt())
        .setState(tally.getState())
        .setPercent(
            tally.getState() == MoveState.RETURNED ? 0 : move.getSteps().get(tally.getStep()))
        .setReason(tally.getReason())
        .setStepAt(tally.getStepAt())
        .setSourceCalls(tally.getSource().getCalls())
        .setSourceFailed(tally.getSource().getFailed())
        .setTargetCalls(tally.getTarget().getCalls())
        .setTargetFailed(tally.getTarget().getFailed())
        .setPairs(ComparedPairs.most(tally.getPairs()))
        .setAt(now())
        .build();
  }

  private Instant now() {
    return Instant.ofEpochMilli(context.currentSystemTimeMs());
  }
}
