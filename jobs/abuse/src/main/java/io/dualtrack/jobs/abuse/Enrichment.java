package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Which values of a trait more members of a group have than chance explains: the number that has
 * one is held against the share of everybody else that does, which is what rarity is.
 */
final class Enrichment {

  /** Below this probability, after correction for how many values were tried, a value counts. */
  static final double UNLIKELY = 1e-3;

  private static final int LEAST = 3;

  /**
   * A card is rare by nature, however few accounts were seen yet: so many are taken for granted.
   */
  private static final long SURELY = 1_000;

  /** Less than this share of the members does not act alike. */
  private static final double HABIT_OF = 0.3;

  /** A moment that fewer share may be the day on which somebody recommended a tool. */
  private static final double MOMENT_OF = 0.5;

  private final Population population;
  private final AbuseThresholds thresholds;

  /** Accounts with an item that few have. */
  private final ToLongFunction<Long> accountsOf;

  Enrichment(Population population, AbuseThresholds thresholds, ToLongFunction<Long> accountsOf) {
    this.population = population;
    this.thresholds = thresholds;
    this.accountsOf = accountsOf;
  }

  /**
   * What is found of one trait.
   *
   * @param values that count, with the logarithm of how much likelier a member has them
   * @param covered share of the members that have one of them
   * @param probability that chance makes the most unlikely value so common
   * @param finding for those who read the alert; null where no value counts
   */
  record Tested(Map<Long, Double> values, double covered, double probability, Finding finding) {}

  /**
   * The traits asked for of which something may be said. An organisation counts once.
   *
   * <p>Most groups have met by chance and share next to nothing: their traits are sorted as
   * numbers, and only for values that a few members have it is looked at who has them.
   */
  Map<Trait, Tested> of(List<Portrait> members, Entities entities, Predicate<Trait> asked) {
    long[] all = new long[members.stream().mapToInt(member -> member.traits.length).sum()];
    int size = 0;
    for (Portrait member : members) {
      for (long trait : member.traits) {
        if (asked.test(Trait.of(trait))) {
          all[size++] = trait;
        }
      }
    }
    Arrays.sort(all, 0, size);
    int[] values = new int[Trait.values().length];
    Map<Trait, Map<Long, Set<Long>>> having = new EnumMap<>(Trait.class);
    for (int from = 0; from < size; ) {
      int to = from + 1;
      while (to < size && all[to] == all[from]) {
        to++;
      }
      Trait kind = Trait.of(all[from]);
      values[kind.ordinal()]++;
      if (to - from >= LEAST) {
        having.computeIfAbsent(kind, each -> new HashMap<>()).put(all[from], new HashSet<>());
      }
      from = to;
    }
    if (having.isEmpty()) {
      return new EnumMap<>(Trait.class);
    }
    Map<Trait, Set<Long>> knowing = new EnumMap<>(Trait.class);
    having.keySet().forEach(kind -> knowing.put(kind, new HashSet<>()));
    for (int i = 0; i < members.size(); i++) {
      for (long trait : members.get(i).traits) {
        Trait kind = Trait.of(trait);
        Map<Long, Set<Long>> ofKind = having.get(kind);
        if (ofKind != null) {
          knowing.get(kind).add(entities.of(i));
          Set<Long> who = ofKind.get(trait);
          if (who != null) {
            who.add(entities.of(i));
          }
        }
      }
    }
    Map<Trait, Tested> tested = new EnumMap<>(Trait.class);
    having.forEach(
        (kind, who) ->
            tested.put(
                kind,
                test(
                    kind,
                    who,
                    values[kind.ordinal()],
                    knowing.get(kind).size(),
                    entities.distinct())));
    return tested;
  }

  /**
   * @param having who has a value that a few have
   * @param tried values there are at all
   * @param size of those of whom a value is known
   */
  private Tested test(Trait kind, Map<Long, Set<Long>> having, int tried, int size, int entities) {
    long everybody = Math.max(population.havingAny(kind), size);
    if (kind.isRareByNature()) {
      everybody = Math.max(everybody, SURELY);
    }
    Map<Long, Double> values = new HashMap<>();
    Set<Long> covered = new HashSet<>();
    double best = 1;
    double expected = 0;
    for (Map.Entry<Long, Set<Long>> each : having.entrySet()) {
      long value = each.getKey();
      int members = each.getValue().size();
      if (members < least(kind, size, entities) || saysNothing(kind, value)) {
        continue;
      }
      long all = kind.isRareByNature() ? accountsOf.applyAsLong(value) : population.having(value);
      // The share of the others, and never quite nobody.
      double share = (Math.max(0, all - members) + 0.5) / (everybody - size + 1.0);
      share = Math.min(share, 1);
      double chance = Math.min(1, tried * Chance.ofAtLeast(members, size, share));
      best = Math.min(best, chance);
      if (chance < UNLIKELY) {
        values.put(value, Math.log((double) members / size / share));
        covered.addAll(each.getValue());
        expected += share * size;
      }
    }
    Finding finding =
        values.isEmpty() ? null : new Finding(covered.size(), size, values.size(), expected);
    return new Tested(values, (double) covered.size() / Math.max(1, size), best, finding);
  }

  /** Members that must have a value. */
  private static double least(Trait kind, int knowing, int entities) {
    if (kind.signal() != Signal.S3) {
      return LEAST;
    }
    return Math.max(LEAST, kind.isMoment() ? MOMENT_OF * entities : HABIT_OF * knowing);
  }

  /**
   * Of strangers behind one address nothing follows (a server's address is somebody's), who was
   * first seen soon after this job first looked may have been there before, and people ask now and
   * then.
   */
  private boolean saysNothing(Trait kind, long value) {
    return switch (kind) {
      case NETWORK -> accountsOf.applyAsLong(value) > thresholds.networkAccounts();
      case ACTIVATED -> population.isFromTheBeginning(value);
      case PACE -> value == Accounts.UNEVEN;
      default -> false;
    };
  }
}
