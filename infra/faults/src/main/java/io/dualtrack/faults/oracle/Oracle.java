package io.dualtrack.faults.oracle;

import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Watches a stack from before a scenario's faults and judges it behind them. It asks the caller's
 * files, Kafka, the sandbox and the audit's proof, and no part that was hurt what it thinks of
 * itself; docs/reliability.md says what each check means.
 */
public final class Oracle implements AutoCloseable {

  /**
   * The services' transactions time out after 30 s, and the broker looks for those that have every
   * 30 s.
   */
  private static final Duration TRANSACTIONS = Duration.ofSeconds(75);

  /** Names of all checks, in their order. */
  public static final List<String> CHECKS =
      List.of(
          Outcomes.CHECK,
          CommittedReader.CHECK,
          Transactions.CHECK,
          Books.CHECK,
          Trail.CHECK,
          Letters.CHECK,
          ProviderCalls.CHECK);

  private final StackAddress address;
  private final SchemaRegistry registry;
  private final CommittedReader reader;

  private Oracle(StackAddress address, SchemaRegistry registry) {
    this.address = address;
    this.registry = registry;
    this.reader = new CommittedReader(address.kafka(), Topics.RESULTS.name());
  }

  /** Reads along from now on. */
  public static Oracle watch(StackAddress address, SchemaRegistry registry) {
    return new Oracle(address, registry);
  }

  /**
   * Judges, once, when every caller has what it waited for.
   *
   * @param files of all callers
   * @param batches of theirs, by the ids that the gateway acknowledged
   * @param repeatedCalls most calls that the faults may have had repeated
   */
  public Verdict judge(List<Exchanged> files, Collection<String> batches, long repeatedCalls)
      throws IOException, ExecutionException, InterruptedException {
    return judge(files, batches, Planted.NOTHING, repeatedCalls);
  }

  /**
   * As the other one, of a scenario that wrote to topics itself.
   *
   * @param planted what it wrote
   */
  public Verdict judge(
      List<Exchanged> files, Collection<String> batches, Planted planted, long repeatedCalls)
      throws IOException, ExecutionException, InterruptedException {
    Check transactions = Transactions.read(address.kafka(), TRANSACTIONS);
    Check ledger = Books.read(address.kafka(), registry);
    ProviderCalls calls = ProviderCalls.read(address.sandbox());
    return new Verdict(
        lines(files),
        calls,
        List.of(
            Outcomes.read(files, batches, planted.requests(), address.kafka(), registry),
            reader.judge(),
            transactions,
            ledger,
            Trail.read(address),
            Letters.read(planted.letters(), address.kafka(), registry),
            calls.judge(repeatedCalls)));
  }

  private static long lines(List<Exchanged> files) throws IOException {
    long lines = 0;
    for (Exchanged each : files) {
      lines += lines(each.input());
    }
    return lines;
  }

  private static long lines(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    }
  }

  @Override
  public void close() throws InterruptedException {
    reader.close();
  }
}
