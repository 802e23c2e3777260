package io.dualtrack.local.drill;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.Drills;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.topology.budget.Owed;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One drill from its command to its report. That it ends does not depend on this: the end is in the
 * record that begins it.
 */
public final class DrillRun {

  /** Of a decision that was made before the end, until it is written. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** How long a request is waited for that goes back; without any nobody asks. */
  private static final Duration FOR_A_RETURN = Duration.ofSeconds(15);

  /** Who ends it before its time wants to see a report soon. */
  private static final Duration LONGEST_IF_INTERRUPTED = Duration.ofSeconds(20);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

  /** What came of it. */
  public sealed interface Result {

    record Over(DrillReport report) implements Result {}

    /**
     * It did not begin.
     *
     * @param why and what to do, for people
     */
    record Denied(String why) implements Result {}
  }

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final ControlTopics control;

  public DrillRun(KafkaAccess kafka, SchemaRegistry registry) {
    this.kafka = kafka;
    this.registry = registry;
    this.control = new ControlTopics(kafka, registry, Clock.systemUTC());
  }

  /**
   * Runs it. A thread that is interrupted ends the drill at once, and still gets its report.
   *
   * @param patience how long results are waited for behind the end
   * @param begun told when it is in the topic
   * @param progress told about once a second while it runs
   * @throws UnknownSubjectException if no control record knows what is to be drilled
   */
  public Result execute(
      Drills.Command command,
      Duration patience,
      Consumer<LiveDrill> begun,
      Consumer<DrillFigures.Progress> progress)
      throws UnknownSubjectException {
    ControlSet records = control.read();
    try (DrillWatch watch = new DrillWatch(kafka, registry)) {
      Drills.Outcome outcome = control.drill(command);
      if (outcome instanceof Drills.Outcome.Denied denied) {
        return new Result.Denied(denied.why());
      }
      Suspension record = ((Drills.Outcome.Begun) outcome).record();
      LiveDrill drill = LiveDrill.of(record).orElseThrow();
      DrillFigures figures =
          new DrillFigures(drill, record.getAt(), records.offerings(), owed(records));
      watch.start(figures);
      begun.accept(drill);
      boolean whole = false;
      try {
        follow(drill.until(), watch, () -> progress.accept(figures.progress()));
        whole = true;
      } catch (InterruptedException e) {
        // Told to stop: the drill too, and then the report.
      } finally {
        if (!whole) {
          control
              .endDrill(drill, command.actor())
              .ifPresent(ended -> figures.endedAt(ended.until()));
        }
      }
      settle(figures, watch, whole ? patience : least(patience, LONGEST_IF_INTERRUPTED));
      return new Result.Over(figures.report(watch.hasReadEnd()));
    }
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static void follow(Instant until, DrillWatch watch, Runnable eachSecond)
      throws InterruptedException {
    Instant next = Instant.now();
    for (Instant now = next; now.isBefore(until); now = Instant.now()) {
      watch.check();
      if (!now.isBefore(next)) {
        eachSecond.run();
        next = next.plusSeconds(1);
      }
      Duration left = least(Duration.between(now, until), BETWEEN_LOOKS);
      Thread.sleep(left.toMillis() + 1);
    }
  }

  private static void settle(DrillFigures figures, DrillWatch watch, Duration patience) {
    Instant end = Instant.now();
    try {
      Thread.sleep(GRACE.toMillis());
      watch.askForEnd();
      while (!isDone(figures, watch, Duration.between(end, Instant.now()), patience)) {
        watch.check();
        Thread.sleep(BETWEEN_LOOKS.toMillis());
      }
    } catch (InterruptedException e) {
      // Told to stop while nothing but the report is left: it is made of what is known.
      return;
    }
  }

  private static boolean isDone(
      DrillFigures figures, DrillWatch watch, Duration since, Duration patience) {
    boolean isNobodyExpected =
        figures.settled() || (figures.open() == 0 && since.compareTo(FOR_A_RETURN) > 0);
    return since.compareTo(patience) > 0 || (watch.hasReadEnd() && isNobodyExpected);
  }

  /** As the ledger has it, by the prices and contracts of now. */
  private Function<Exchange, Optional<BigDecimal>> owed(ControlSet records) {
    PriceBook prices = PriceBook.of(records.prices(), records.currencies());
    Map<String, Owed> byTenant =
        records.tenants().stream()
            .collect(
                Collectors.toMap(Tenant::getId, tenant -> new Owed(prices, tenant.getDiscounts())));
    Owed list = new Owed(prices, List.of());
    return exchange -> byTenant.getOrDefault(exchange.getTenant(), list).of(exchange);
  }
}
