package io.dualtrack.faults.oracle;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.prices.UsageClasses;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;

/**
 * Holds the ledger against the exchanges, added up again without the job, and these against the
 * results: each result has one exchange, each exchange is booked once with the tokens that it used,
 * by offering, and the days' rollups cost what the ledger's rows do. Whether a price is the right
 * one is not asked here; {@code faults ledger} does.
 */
final class Books {

  static final String CHECK = "ledger";

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration BETWEEN_READINGS = Duration.ofSeconds(2);

  private final Set<String> results = new HashSet<>();
  private final Map<String, Exchange> exchanges = new HashMap<>();
  private final Map<String, Sum> expected = new TreeMap<>();
  private final Map<String, Sum> booked = new TreeMap<>();
  private final Set<String> rows = new HashSet<>();
  private final Set<String> rowsTwice = new TreeSet<>();
  private final Map<String, CostRollup> rollups = new HashMap<>();

  /** Figures of one offering. */
  private static final class Sum {
    private final Map<TokenClass, Long> tokens = new TreeMap<>();
    private long exchanges;
    private BigDecimal cost = BigDecimal.ZERO;
  }

  /** Reads until the books agree, or for as long as the job's last output may take. */
  static Check read(KafkaAccess kafka, SchemaRegistry registry) throws InterruptedException {
    Instant until = Instant.now().plus(PATIENCE);
    Check check = readOnce(kafka, registry);
    while (!check.holds() && Instant.now().isBefore(until)) {
      Thread.sleep(BETWEEN_READINGS.toMillis());
      check = readOnce(kafka, registry);
    }
    return check;
  }

  private static Check readOnce(KafkaAccess kafka, SchemaRegistry registry) {
    Books books = new Books();
    scan(kafka, registry, Topics.RESULTS, (key, result) -> books.result(result));
    scan(kafka, registry, Topics.EXCHANGES, (key, exchange) -> books.exchangeIfAny(exchange));
    scan(kafka, registry, Topics.COST_LEDGER, (key, row) -> books.row(row));
    scan(kafka, registry, Topics.COST_ROLLUPS, (key, rollup) -> books.rollup(key, rollup));
    return books.judge();
  }

  private static <V extends SpecificRecord> void scan(
      KafkaAccess kafka, SchemaRegistry registry, Topic<V> topic, BiConsumer<String, V> action) {
    try (TopicScan<V> scan = new TopicScan<>(kafka, registry, topic)) {
      if (!scan.passingOverUnreadable().fromBeginning().toEnd(PATIENCE, key -> true, action)) {
        throw new IllegalStateException("%s cannot be read to its end".formatted(topic.name()));
      }
    }
  }

  void result(InferenceResult result) {
    results.add(result.getRequestId());
  }

  /** A record without a value is no exchange; whoever reads it makes a dead letter of it. */
  private void exchangeIfAny(Exchange exchange) {
    if (exchange != null) {
      exchange(exchange);
    }
  }

  /** Told again with other usage, the highest revision holds. */
  void exchange(Exchange exchange) {
    exchanges.merge(
        exchange.getExchangeId(),
        exchange,
        (one, other) -> other.getRevision() > one.getRevision() ? other : one);
  }

  void row(LedgerEntry row) {
    if (!rows.add(row.getEntryId())) {
      rowsTwice.add(row.getEntryId());
    }
    if (row.getTokenClass() == TokenClass.ALLOCATION) {
      return;
    }
    Sum sum = booked.computeIfAbsent(offering(row.getOffering()), offering -> new Sum());
    sum.exchanges += row.getExchanges();
    add(sum, row.getTokenClass(), row.getTokens());
    if (row.getPriceStatus() == PriceStatus.PRICED) {
      sum.cost = sum.cost.add(row.getCost());
    }
  }

  /** Totals are absolute: of one key the last one holds. */
  void rollup(String key, CostRollup rollup) {
    if (rollup == null) {
      rollups.remove(key);
    } else if (rollup.getPeriod() == Period.DAY) {
      rollups.put(key, rollup);
    }
  }

  Check judge() {
    List<String> problems = new ArrayList<>();
    Set<String> without = new TreeSet<>(results);
    without.removeAll(exchanges.keySet());
    if (!without.isEmpty()) {
      problems.add(
          "%,d results have no exchange: %s".formatted(without.size(), Sample.of(without)));
    }
    if (!rowsTwice.isEmpty()) {
      problems.add(
          "%,d rows are in the ledger twice: %s".formatted(rowsTwice.size(), Sample.of(rowsTwice)));
    }
    expected.clear();
    exchanges.values().forEach(this::expect);
    Map<String, BigDecimal> rolledUp = new HashMap<>();
    rollups
        .values()
        .forEach(
            rollup ->
                rolledUp.merge(offering(rollup.getOffering()), rollup.getCost(), BigDecimal::add));
    Set<String> offerings = new TreeSet<>(expected.keySet());
    offerings.addAll(booked.keySet());
    for (String offering : offerings) {
      Sum right = expected.getOrDefault(offering, new Sum());
      Sum found = booked.getOrDefault(offering, new Sum());
      if (right.exchanges != found.exchanges) {
        problems.add(
            "%s: %,d exchanges are booked instead of %,d"
                .formatted(offering, found.exchanges, right.exchanges));
      }
      if (!right.tokens.equals(found.tokens)) {
        problems.add(
            "%s: tokens are booked as %s instead of %s"
                .formatted(offering, found.tokens, right.tokens));
      }
      BigDecimal days = rolledUp.getOrDefault(offering, BigDecimal.ZERO);
      if (days.compareTo(found.cost) != 0) {
        problems.add(
            "%s: the days cost %s and the ledger's rows %s"
                .formatted(offering, plain(days), plain(found.cost)));
      }
    }
    return new Check(CHECK, problems);
  }

  private void expect(Exchange exchange) {
    Sum sum = expected.computeIfAbsent(offering(exchange.getOffering()), offering -> new Sum());
    sum.exchanges++;
    Usage usage = exchange.getUsage();
    if (usage != null) {
      for (TokenClass tokenClass : TokenClass.values()) {
        add(sum, tokenClass, UsageClasses.tokens(usage, tokenClass));
      }
    }
  }

  /** Classes of which nothing was used have no sum, and no row. */
  private static void add(Sum sum, TokenClass tokenClass, long tokens) {
    if (tokens != 0) {
      sum.tokens.merge(
          tokenClass, tokens, (one, other) -> one + other == 0 ? null : Long.valueOf(one + other));
    }
  }

  private static String plain(BigDecimal amount) {
    return amount.stripTrailingZeros().toPlainString();
  }

  private static String offering(String offering) {
    return Objects.requireNonNullElse(offering, "no offering");
  }
}
