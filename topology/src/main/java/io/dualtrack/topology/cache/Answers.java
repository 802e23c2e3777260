package io.dualtrack.topology.cache;

import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.settlement.Flights;
import io.dualtrack.topology.settlement.TimeIndex;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/** Answers that may be replayed, until they expire. */
public final class Answers {

  private static final String ANSWERS = "answers";
  private static final String EXPIRIES = "answer-expiries";

  private final KeyValueStore<String, CachedAnswer> answers;
  private final TimeIndex expiries;

  public Answers(ProcessorContext<?, ?> context) {
    this.answers = context.getStateStore(ANSWERS);
    this.expiries = new TimeIndex(context.getStateStore(EXPIRIES));
  }

  /** The stores that nodes with answers must be connected to. */
  public static Set<StoreBuilder<?>> stores(SchemaRegistry registry) {
    return Set.of(Flights.table(registry, ANSWERS, CachedAnswer.class), Flights.index(EXPIRIES));
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
    Instant expiresAt = now.plusSeconds(flight.getCacheTtlSeconds());
    answers.put(
        flight.getCacheKey(),
        CachedAnswer.newBuilder()
            .setOffering(completion.getOffering())
            .setLane(completion.getLane())
            .setBody(completion.getBody())
            .setUsage(completion.getUsage())
            .setStoredAt(now)
            .setExpiresAt(expiresAt)
            .setTenant(flight.getLeader().getTenant())
            .setAccount(flight.getLeader().getAccount())
            .setCacheKey(flight.getCacheKey())
            .build());
    expiries.add(expiresAt, flight.getCacheKey());
  }

  /** Deletes answers that expired, and not more than {@code most} at once. */
  public void forgetExpired(Instant now, int most) {
    for (String cacheKey : expiries.takeDue(now, most)) {
      CachedAnswer answer = answers.get(cacheKey);
      // A newer answer has an entry of its own.
      if (answer != null && !answer.getExpiresAt().isAfter(now)) {
        answers.put(cacheKey, null);
      }
    }
  }
}
