package io.dualtrack.inference;

import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.batch.BatchProviders;
import io.dualtrack.inference.batch.BatchSettings;
import io.dualtrack.inference.batch.ProviderBatchLane;
import io.dualtrack.inference.control.ControlView;
import io.dualtrack.inference.intake.Ledger;
import io.dualtrack.inference.wire.HttpCaller;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** The provider batch lane with its thread and its clients. */
final class ProviderBatches implements AutoCloseable {

  /** Results of a batch come in one answer. */
  private static final int LONGEST_RESULTS = 128 * 1024 * 1024;

  private static final int COMPLETION_BYTES = Topics.MAX_TEXT_RECORD_BYTES - 16 * 1024;

  private final ControlView control;
  private final HttpCaller caller;
  private final ProviderBatchLane lane;
  private final Thread thread;
  private final Consumer<Throwable> onFailure;

  /**
   * @param onFailure told if the lane cannot go on
   */
  ProviderBatches(
      DispatcherConfig config,
      KafkaClients kafka,
      SchemaRegistry registry,
      Access access,
      List<Adapter> adapters,
      ControlView control,
      MeterRegistry meters,
      Consumer<Throwable> onFailure) {
    String name = config.member() + "-batches";
    this.control = control;
    this.onFailure = onFailure;
    this.caller = new HttpCaller(LONGEST_RESULTS, 1, name, config.egress());
    KafkaConsumer<String, byte[]> consumer = kafka.grouped(config.group() + "-batches", name);
    this.lane =
        new ProviderBatchLane(
            BatchSettings.usual(COMPLETION_BYTES)
                .withTimes(config.batchCollect(), config.batchPoll()),
            consumer,
            kafka.ungrouped(name + "-orders"),
            new Ledger(() -> kafka.transactional(name), consumer),
            new BatchProviders(access, caller, adapters),
            control::snapshot,
            registry,
            InstantSource.system(),
            meters);
    this.thread = new Thread(this::work, name);
  }

  void start() {
    thread.start();
  }

  private void work() {
    try {
      // Without all suspensions nothing may be submitted.
      control.complete().get();
      lane.run();
    } catch (ExecutionException e) {
      onFailure.accept(e.getCause());
    } catch (CancellationException e) {
      // Closed before the control records were known.
      lane.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      onFailure.accept(e);
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
    }
  }

  @Override
  public void close() {
    lane.stop();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    caller.close();
  }
}
