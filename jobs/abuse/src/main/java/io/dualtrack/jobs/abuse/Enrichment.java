package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import it.unimi.dsi.fastutil.longs.Long2DoubleMap;
import it.unimi.dsi.fastutil.longs.Long2DoubleOpenHashMap;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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

  private static final Trait[] KINDS = Trait.values();

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
  record Tested(Long2DoubleMap values, double covered, double probability, Finding finding) {}

  /**
   * The traits asked for of which something may be said. An organisation counts once.
   *
   * <p>Most groups have met by chance and share next to nothing, so that only for values that a few
   * members have it is counted who has them.
   */
  Map<Trait, Tested> of(List<Portrait> members, Entities entities, Predicate<Trait> asked) {
    boolean[] isAsked = new boolean[KINDS.length];
    for (Trait kind : KINDS) {
      isAsked[kind.ordinal()] = asked.test(kind);
    }
    TraitTally tally = new TraitTally(members, isAsked, LEAST);
    Map<Trait, Tested> tested = new EnumMap<>(Trait.class);
    if (tally.shared().length == 0) {
      return tested;
    }
    int[] order = entities.inOrder();
    int[] having = new int[tally.shared().length];
    int[] knowing = new int[KINDS.length];
    count(tally, entities, order, having, knowing);
    boolean[] isUnlikely = new boolean[having.length];
    Map<Trait, Values> found = new EnumMap<>(Trait.class);
    for (long value : tally.shared()) {
      Trait kind = Trait.of(value);
      if (!found.containsKey(kind)) {
        int size = knowing[kind.ordinal()];
        found.put(kind, test(kind, tally, having, size, entities.distinct(), isUnlikely));
      }
    }
    int[] covered = covered(tally, entities, order, isUnlikely);
    found.forEach(
        (kind, values) ->
            tested.put(kind, values.of(covered[kind.ordinal()], knowing[kind.ordinal()])));
    return tested;
  }

  /**
   * What is known of one trait's values before anybody is asked who has one.
   *
   * @param expected members that chance would give one
   */
  private record Values(Long2DoubleMap values, double probability, double expected) {

    Tested of(int covered, int size) {
      if (values.isEmpty()) {
        return new Tested(values, 0, probability, null);
      }
      Finding finding = new Finding(covered, size, values.size(), expected);
      return new Tested(values, (double) covered / Math.max(1, size), probability, finding);
    }
  }

  /**
   * @param order of the members, those of one entity side by side
   * @param having becomes how many entities have each of the shared values
   * @param knowing becomes of how many entities a value of each kind is known
   */
  private static void count(
      TraitTally tally, Entities entities, int[] order, int[] having, int[] knowing) {
    // The entity that was counted last, by its place among the entities.
    int[] lastHaving = new int[having.length];
    int[] lastKnowing = new int[knowing.length];
    int entity = 0;
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || entities.of(order[i]) != entities.of(order[i - 1])) {
        entity++;
      }
      for (int each = tally.begin(order[i]); each < tally.end(order[i]); each++) {
        int kind = tally.kindOf(each);
        if (lastKnowing[kind] != entity) {
          lastKnowing[kind] = entity;
          knowing[kind]++;
        }
        int place = tally.placeOf(each);
        if (place >= 0 && lastHaving[place] != entity) {
          lastHaving[place] = entity;
          having[place]++;
        }
      }
    }
  }

  /**
   * @param having how many entities have each of the shared values
   * @param size entities of which a value of the kind is known
   * @param entities all of them
   * @param isUnlikely becomes which of the kind's shared values count
   */
  private Values test(
      Trait kind, TraitTally tally, int[] having, int size, int entities, boolean[] isUnlikely) {
    long everybody = Math.max(population.havingAny(kind), size);
    if (kind.isRareByNature()) {
      everybody = Math.max(everybody, SURELY);
    }
    Long2DoubleMap values = new Long2DoubleOpenHashMap();
    double best = 1;
    double expected = 0;
    long[] shared = tally.shared();
    for (int i = 0; i < shared.length; i++) {
      long value = shared[i];
      if (Trait.of(value) != kind
          || having[i] < least(kind, size, entities)
          || saysNothing(kind, value)) {
        continue;
      }
      long all = kind.isRareByNature() ? accountsOf.applyAsLong(value) : population.having(value);
      // The share of the others, and never quite nobody.
      double share = (Math.max(0, all - having[i]) + 0.5) / (everybody - size + 1.0);
      share = Math.min(share, 1);
      double chance = Math.min(1, tally.tried(kind) * Chance.ofAtLeast(having[i], size, share));
      best = Math.min(best, chance);
      if (chance < UNLIKELY) {
        values.put(value, Math.log((double) having[i] / size / share));
        isUnlikely[i] = true;
        expected += share * size;
      }
    }
    return new Values(values, best, expected);
  }

  /** How many entities have one of the values that count, for each kind. */
  private static int[] covered(
      TraitTally tally, Entities entities, int[] order, boolean[] isUnlikely) {
    int[] covered = new int[KINDS.length];
    int[] lastCovered = new int[KINDS.length];
    int entity = 0;
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || entities.of(order[i]) != entities.of(order[i - 1])) {
        entity++;
      }
      for (int each = tally.begin(order[i]); each < tally.end(order[i]); each++) {
        int place = tally.placeOf(each);
        if (place >= 0 && isUnlikely[place]) {
          int kind = tally.kindOf(each);
          if (lastCovered[kind] != entity) {
            lastCovered[kind] = entity;
            covered[kind]++;
          }
        }
      }
    }
    return covered;
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
