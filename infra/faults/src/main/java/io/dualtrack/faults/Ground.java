package io.dualtrack.faults;

import io.dualtrack.bench.Scratch;
import io.dualtrack.local.stack.KafkaCluster;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.schemas.SchemaRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** A stack that runs in a setting, and who harms it. */
final class Ground implements AutoCloseable {

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private LocalStack stack;
  private SchemaRegistry registry;
  private FaultInjector faults;

  private Ground() {}

  /**
   * Starts everything; every service works when it returns.
   *
   * @param inFlight lines of its batches that a tenant has in flight at most
   * @param scratch where all of it keeps its data
   */
  static Ground prepare(Setting setting, int inFlight, Scratch scratch, StackProgress progress)
      throws Exception {
    Ground ground = new Ground();
    try {
      ground.start(setting, inFlight, scratch, progress);
      return ground;
    } catch (Exception e) {
      ground.close();
      throw e;
    }
  }

  private void start(Setting setting, int inFlight, Scratch scratch, StackProgress progress)
      throws Exception {
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data"))
            .withServices(setting.services())
            .withSandboxLatency(setting.latency());
    Optional<KafkaCluster> cluster = Optional.empty();
    if (setting.cluster()) {
      KafkaCluster started =
          KafkaCluster.start(scratch.path("cluster"), Setting.BROKERS, setting.ways(), progress);
      open.push(started);
      cluster = Optional.of(started);
      options = options.withKafka(started.choice());
    }
    stack =
        LocalStack.start(options, ScenarioControl.of(inFlight, setting.callTimeout()), progress);
    open.push(stack);
    registry =
        SchemaRegistry.connect(stack.address().registry(), scratch.path("registry-cache.jsonl"));
    faults = new FaultInjector(stack, cluster, setting.ways(), registry, progress);
    open.push(faults);
    for (String way : setting.ways()) {
      faults.detour(way);
    }
  }

  StackAddress address() {
    return stack.address();
  }

  SchemaRegistry registry() {
    return registry;
  }

  FaultInjector faults() {
    return faults;
  }

  /** What was started last ends first. */
  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
