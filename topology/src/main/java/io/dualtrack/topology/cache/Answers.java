package io.dualtrack.topology.cache;

import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.settlement.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.StoreBuilder;

/** Answers that may be replayed, until they expire. */
public final class Answers {

  private static final String ANSWERS = "answers";

  /** An expired answer is served to nobody, and is gone after this at the latest. */
  private static final Duration ROUND = Duration.ofHours(1);

  private final Table<CachedAnswer> answers;

  public Answers(ProcessorContext<?, ?> context, SchemaRegistry registry) {
    this.answers =
        new Table<>(context, registry, ANSWERS, CachedAnswer.class, Set.of("body", "sealed"));
  }

  /** The store that nodes with answers must be connected to. */
  public static StoreBuilder<?> store() {
    return Table.store(ANSWERS);
  }

  Optional<CachedAnswer> find(String cacheKey, Instant now) {
    return Optional.ofNullable(answers.get(cacheKey))
        .filter(answer -> answer.getExpiresAt().isAfter(now))
        // One that cannot be read any more is none.
        .filter(answer -> answer.getSealed() == null);
  }

  /** Keeps an answer in place of an earlier one, for as long as the flight's contract says. */
  public void remember(Flight flight, Completion completion, Instant now) {
    if (flight.getCacheTtlSeconds() <= 0 || completion.getBody() == null) {
      return;
    }
    answers.put(
        flight.getCacheKey(),
        CachedAnswer.newBuilder()
            .setOffering(completion.getOffering())
            .setLane(completion.getLane())
            .setBody(completion.getBody())
            .setUsage(completion.getUsage())
            .setStoredAt(now)
            .setExpiresAt(now.plusSeconds(flight.getCacheTtlSeconds()))
            .setTenant(flight.getLeader().getTenant())
            .setAccount(flight.getLeader().getAccount())
            .setCacheKey(flight.getCacheKey())
            .build());
  }

  /** Deletes answers that expired, of those that it is time to look at; at most {@code most}. */
  public void forgetExpired(Instant now, int most) {
    for (KeyValue<String, CachedAnswer> row : answers.round(now, ROUND, most)) {
      if (!row.value.getExpiresAt().isAfter(now)) {
        answers.remove(row.key);
      }
    }
  }
}
