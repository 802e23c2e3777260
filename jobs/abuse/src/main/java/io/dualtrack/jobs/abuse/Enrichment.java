package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
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
  record Tested(Map<Long, Double> values, double covered, double probability, Finding finding) {}

  /**
   * The traits asked for of which something may be said. An organisation counts once.
   *
   * <p>Most groups have met by chance and share next to nothing: their traits are sorted as
   * numbers, and only for values that a few members have it is counted who has them.
   */
  Map<Trait, Tested> of(List<Portrait> members, Entities entities, Predicate<Trait> asked) {
    boolean[] isAsked = new boolean[KINDS.length];
    for (Trait kind : KINDS) {
      isAsked[kind.ordinal()] = asked.test(kind);
    }
    int[] tried = new int[KINDS.length];
    long[] shared = shared(members, isAsked, tried);
    Map<Trait, Tested> tested = new EnumMap<>(Trait.class);
    if (shared.length == 0) {
      return tested;
    }
    int[] order = entities.inOrder();
    int[] having = new int[shared.length];
    int[] knowing = new int[KINDS.length];
    count(members, entities, order, shared, having, knowing);
    for (long value : shared) {
      Trait kind = Trait.of(value);
      if (!tested.containsKey(kind)) {
        tested.put(
            kind,
            test(
                kind,
                members,
                entities,
                order,
                shared,
                having,
                tried[kind.ordinal()],
                knowing[kind.ordinal()]));
      }
    }
    return tested;
  }

  /**
   * The values that at least {@link #LEAST} members have, sorted.
   *
   * @param tried becomes how many values of each kind there are at all
   */
  private static long[] shared(List<Portrait> members, boolean[] isAsked, int[] tried) {
    int most = 0;
    for (Portrait member : members) {
      most += member.traits.length;
    }
    long[] all = new long[most];
    int size = 0;
    for (Portrait member : members) {
      for (long trait : member.traits) {
        if (isAsked[Trait.of(trait).ordinal()]) {
          all[size++] = trait;
        }
      }
    }
    Arrays.sort(all, 0, size);
    int kept = 0;
    for (int from = 0; from < size; ) {
      int to = from + 1;
      while (to < size && all[to] == all[from]) {
        to++;
      }
      tried[Trait.of(all[from]).ordinal()]++;
      if (to - from >= LEAST) {
        all[kept++] = all[from];
      }
      from = to;
    }
    return Arrays.copyOf(all, kept);
  }

  /**
   * @param order of the members, those of one entity side by side
   * @param having becomes how many entities have each of the shared values
   * @param knowing becomes of how many entities a value of each kind is known, where one is shared
   */
  private static void count(
      List<Portrait> members,
      Entities entities,
      int[] order,
      long[] shared,
      int[] having,
      int[] knowing) {
    boolean[] isShared = new boolean[KINDS.length];
    for (long value : shared) {
      isShared[Trait.of(value).ordinal()] = true;
    }
    // The entity that was counted last, by its place among the entities.
    int[] lastHaving = new int[shared.length];
    int[] lastKnowing = new int[KINDS.length];
    int entity = 0;
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || entities.of(order[i]) != entities.of(order[i - 1])) {
        entity++;
      }
      for (long trait : members.get(order[i]).traits) {
        int kind = Trait.of(trait).ordinal();
        if (!isShared[kind]) {
          continue;
        }
        if (lastKnowing[kind] != entity) {
          lastKnowing[kind] = entity;
          knowing[kind]++;
        }
        int place = Arrays.binarySearch(shared, trait);
        if (place >= 0 && lastHaving[place] != entity) {
          lastHaving[place] = entity;
          having[place]++;
        }
      }
    }
  }

  /**
   * @param shared values of all kinds that a few have
   * @param having how many entities have each of them
   * @param tried values of the kind there are at all
   * @param size of those of whom a value is known
   */
  private Tested test(
      Trait kind,
      List<Portrait> members,
      Entities entities,
      int[] order,
      long[] shared,
      int[] having,
      int tried,
      int size) {
    long everybody = Math.max(population.havingAny(kind), size);
    if (kind.isRareByNature()) {
      everybody = Math.max(everybody, SURELY);
    }
    Map<Long, Double> values = new HashMap<>();
    double best = 1;
    double expected = 0;
    for (int i = 0; i < shared.length; i++) {
      long value = shared[i];
      if (Trait.of(value) != kind
          || having[i] < least(kind, size, entities.distinct())
          || saysNothing(kind, value)) {
        continue;
      }
      long all = kind.isRareByNature() ? accountsOf.applyAsLong(value) : population.having(value);
      // The share of the others, and never quite nobody.
      double share = (Math.max(0, all - having[i]) + 0.5) / (everybody - size + 1.0);
      share = Math.min(share, 1);
      double chance = Math.min(1, tried * Chance.ofAtLeast(having[i], size, share));
      best = Math.min(best, chance);
      if (chance < UNLIKELY) {
        values.put(value, Math.log((double) having[i] / size / share));
        expected += share * size;
      }
    }
    if (values.isEmpty()) {
      return new Tested(values, 0, best, null);
    }
    int covered = covered(values, members, entities, order);
    Finding finding = new Finding(covered, size, values.size(), expected);
    return new Tested(values, (double) covered / Math.max(1, size), best, finding);
  }

  /** How many entities have one of the values. */
  private static int covered(
      Map<Long, Double> values, List<Portrait> members, Entities entities, int[] order) {
    int covered = 0;
    boolean isCovered = false;
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || entities.of(order[i]) != entities.of(order[i - 1])) {
        isCovered = false;
      }
      if (isCovered) {
        continue;
      }
      for (long trait : members.get(order[i]).traits) {
        if (values.containsKey(trait)) {
          isCovered = true;
          covered++;
          break;
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
