package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Enrichment.Tested;
import io.dualtrack.jobs.abuse.Verdict.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Whether the accounts that share one item share more than chance explains.
 *
 * <p>Accounts with the same wording are examined for relations, accounts with a relation for
 * content, so that nothing is found on one kind of evidence alone: a public agent's users have as
 * many networks, ages and habits as everybody, and a campus asks as many things. Content without
 * shared wording is soft: a department, too, asks for one kind of thing. It counts only where the
 * members act in step besides, and no member's texts are another's.
 *
 * <p>Which members are named is a naive Bayes decision: for each signal the logarithm of how much
 * likelier the account's traits are among the members than among others, bounded for each signal,
 * against it where most members have what this one lacks. An organisation counts once.
 */
final class Examination {

  /** Wording that more than six of ten accounts share is everybody's. */
  private static final double LEAST_RARITY = 0.5;

  private static final int WAYS_IN_STEP = 2;

  /** Share of the members. */
  private static final double MADE_TOGETHER = 0.3;

  private static final double BOUND_AGAINST = -3;
  private static final double LEAST_OF_A_SIGNAL = 1.5;
  private static final double REPEATED = 1.5;
  private static final double BENCHMARK = 2;

  /** Among the many groups that a campaign shows in, strangers of its lots' days come together. */
  private static final double OF_A_DAY = 2.5;

  /** People of one place use its network, and may sign up in the same lesson. */
  private static final double OF_A_PLACE = 2.5;

  /** Share of those on the shared networks who share cards or devices as well. */
  private static final double MOST = 0.75;

  private static final long LEAST_POPULATION = 1_000;

  private final Population population;
  private final AbuseThresholds thresholds;
  private final Enrichment enrichment;
  private final ToLongFunction<Long> accountsOf;

  /**
   * @param accountsOf accounts with an item that few have
   */
  Examination(Population population, AbuseThresholds thresholds, ToLongFunction<Long> accountsOf) {
    this.population = population;
    this.thresholds = thresholds;
    this.accountsOf = accountsOf;
    this.enrichment = new Enrichment(population, thresholds, accountsOf);
  }

  Verdict of(Trait kind, long accounts, List<Portrait> members) {
    Entities entities = new Entities(members, population);
    if (entities.distinct() < thresholds.accounts()
        || !counts(kind)
        || !kind.isContent() && !isDivided(members)) {
      return Verdict.NOTHING;
    }
    Map<Trait, Tested> tested =
        enrichment.of(members, entities, each -> counts(each) && speaksFor(kind, each));
    dropWhatIsNotInStep(tested);
    dropWhereFewWereMadeTogether(tested);
    Topic topic = kind.isContent() || !counts(Trait.TOPIC) ? null : Topic.of(members, population);
    double probability = probability(kind, tested, topic);
    if (topic != null && topic.probability() >= Enrichment.UNLIKELY) {
      topic = null;
    }
    Map<Trait, Finding> findings = new EnumMap<>(Trait.class);
    tested.forEach(
        (each, result) -> {
          if (result.finding() != null) {
            findings.put(each, result.finding());
          }
        });
    if (findings.isEmpty() && topic == null) {
      // Nobody can be named for anything.
      return new Verdict(probability, List.of(), 0, findings);
    }
    double base = base(kind, accounts, entities.distinct(), isDivided(members));
    if (base < LEAST_RARITY) {
      return new Verdict(probability, List.of(), 0, findings);
    }
    List<Portrait> named = new ArrayList<>();
    double strength = 0;
    boolean isMarkedByThings = isMarkedByThings(members, tested);
    for (Portrait member : members) {
      double evidence = evidence(kind, member, tested, topic, isMarkedByThings);
      if (evidence >= LEAST_OF_A_SIGNAL && base + evidence >= thresholds.memberEvidence()) {
        named.add(member);
        strength += base + evidence;
      }
    }
    if (named.isEmpty()) {
      return new Verdict(probability, named, 0, findings);
    }
    double expected =
        (double) accounts * entities.distinct() / Math.max(LEAST_POPULATION, population.accounts());
    findings.put(kind, new Finding(named.size(), members.size(), 1, expected));
    if (topic != null) {
      findings.put(Trait.TOPIC, new Finding(named.size(), members.size(), 1, 0));
    }
    return new Verdict(probability, named, strength / named.size(), findings);
  }

  private boolean counts(Trait trait) {
    return thresholds.signals().contains(trait.signal());
  }

  /** Relations where the item is content, content where it is a relation; and being in step. */
  private static boolean speaksFor(Trait item, Trait each) {
    return each.isContent() != item.isContent() || each.signal() == Signal.S3;
  }

  /**
   * S3: two ways of being in step are needed, one of them a moment. The users of one scheduled
   * program have its habits, but each began when it suited them.
   */
  private static void dropWhatIsNotInStep(Map<Trait, Tested> tested) {
    List<Trait> ways = new ArrayList<>();
    tested.forEach(
        (each, result) -> {
          if (each.signal() == Signal.S3 && !result.values().isEmpty()) {
            ways.add(each);
          }
        });
    if (ways.size() < WAYS_IN_STEP || ways.stream().noneMatch(Trait::isMoment)) {
      tested.keySet().removeIf(each -> each.signal() == Signal.S3);
    }
  }

  /**
   * S8: accounts for a campaign are made in lots, which are most of it. Where a few of many were
   * made on one day, a tool was recommended then.
   */
  private static void dropWhereFewWereMadeTogether(Map<Trait, Tested> tested) {
    boolean areMany =
        tested.entrySet().stream()
            .filter(each -> each.getKey().signal() == Signal.S8)
            .anyMatch(each -> each.getValue().covered() >= MADE_TOGETHER);
    if (!areMany) {
      tested.keySet().removeIf(each -> each.signal() == Signal.S8);
    }
  }

  /**
   * That chance brings about what the members share beside the item; for a relation soft content
   * and being in step, both of which have to be there and neither of which brings the other.
   */
  private static double probability(Trait item, Map<Trait, Tested> tested, Topic topic) {
    double step = 1;
    double other = topic == null ? 1 : topic.probability();
    for (Map.Entry<Trait, Tested> each : tested.entrySet()) {
      double corrected = Math.min(1, each.getValue().probability() * Trait.values().length);
      if (each.getKey().signal() == Signal.S3) {
        step = Math.min(step, corrected);
      } else {
        other = Math.min(other, corrected);
      }
    }
    return item.isContent() ? Math.min(step, other) : step * other;
  }

  /** What the shared item itself is worth: the rarer the more, within bounds. */
  private double base(Trait kind, long accounts, int entities, boolean isDivided) {
    double all = Math.max(accounts, entities);
    double rarity = Math.log(Math.max(1, population.accounts() / all));
    double bounded = Math.min(bound(kind.signal()), rarity);
    if (kind == Trait.NETWORK && all > thresholds.networkAccounts()) {
      return BOUND_AGAINST;
    }
    // Members who send the very same texts run a benchmark that is there for everybody.
    return isDivided ? bounded : bounded - BENCHMARK;
  }

  /** S5: whether a text of the members is there once or little more often on average. */
  private boolean isDivided(List<Portrait> members) {
    if (!counts(Trait.CAPABILITY)) {
      return true;
    }
    int size = 0;
    for (Portrait member : members) {
      size += member.texts.length;
    }
    long[] texts = new long[size];
    int filled = 0;
    for (Portrait member : members) {
      System.arraycopy(member.texts, 0, texts, filled, member.texts.length);
      filled += member.texts.length;
    }
    return texts.length <= REPEATED * Entities.distinct(texts);
  }

  private static double bound(Signal signal) {
    return switch (signal) {
      case S1 -> 4;
      case S4 -> 7;
      case S3 -> 4;
      case S8 -> 5;
      case S2, S5, S6, S7 -> 3;
    };
  }

  /**
   * Whether most others on the shared networks share cards or devices. Whoever is on one and has
   * neither is a neighbour then: a data centre rents out servers of one network to anybody.
   */
  private static boolean isMarkedByThings(List<Portrait> members, Map<Trait, Tested> tested) {
    int onNetworks = 0;
    int withThings = 0;
    for (Portrait member : members) {
      boolean isOnNetwork = false;
      boolean hasThing = false;
      for (long trait : member.traits) {
        Trait kind = Trait.of(trait);
        if (kind.signal() == Signal.S4
            && tested.containsKey(kind)
            && tested.get(kind).values().containsKey(trait)) {
          isOnNetwork |= kind.isNetwork();
          hasThing |= !kind.isNetwork();
        }
      }
      onNetworks += isOnNetwork ? 1 : 0;
      withThings += isOnNetwork && hasThing ? 1 : 0;
    }
    return withThings > 0 && withThings >= MOST * (onNetworks - 1);
  }

  private double evidence(
      Trait item,
      Portrait member,
      Map<Trait, Tested> tested,
      Topic topic,
      boolean isMarkedByThings) {
    Map<Trait, Double> has = new EnumMap<>(Trait.class);
    Map<Signal, Double> found = new EnumMap<>(Signal.class);
    Map<Signal, Double> against = new EnumMap<>(Signal.class);
    tested.forEach((each, result) -> weigh(each, result, member, has, against));
    has.forEach(
        (each, evidence) ->
            found.merge(
                each.signal(),
                each == Trait.CREATED_DAY ? Math.min(OF_A_DAY, evidence) : evidence,
                each.signal() == Signal.S3 ? Double::sum : Math::max));
    if (!isInStep(has.keySet())) {
      found.remove(Signal.S3);
    }
    if (topic != null) {
      found.merge(Signal.S2, topic.evidence(member), Double::sum);
    }
    Map<Signal, Double> bounded = new EnumMap<>(Signal.class);
    against.forEach((signal, each) -> bounded.put(signal, Math.max(BOUND_AGAINST, each)));
    found.forEach((signal, each) -> bounded.put(signal, Math.min(bound(signal), each)));
    if (!item.isContent() && !isSoftContentBorneOut(bounded)) {
      return 0;
    }
    double ofPlace =
        isOfAPlace(member, has.keySet(), isMarkedByThings) && !found.containsKey(Signal.S3)
            ? Math.min(0, OF_A_PLACE - worth(bounded, Signal.S4) - worth(bounded, Signal.S8))
            : 0;
    return bounded.values().stream().mapToDouble(each -> each).sum() + ofPlace;
  }

  private static void weigh(
      Trait each,
      Tested result,
      Portrait member,
      Map<Trait, Double> has,
      Map<Signal, Double> against) {
    if (result.values().isEmpty()) {
      return;
    }
    boolean isKnown = false;
    double best = 0;
    for (long trait : member.traits) {
      if (Trait.of(trait) == each) {
        isKnown = true;
        best = Math.max(best, result.values().getOrDefault(trait, 0.0));
      }
    }
    if (best > 0) {
      has.put(each, best);
    } else if (isKnown) {
      against.merge(each.signal(), Math.log(1 - result.covered() + 0.02), Math::min);
    }
  }

  private static boolean isInStep(Set<Trait> has) {
    long ways = has.stream().filter(each -> each.signal() == Signal.S3).count();
    return ways >= WAYS_IN_STEP && has.stream().anyMatch(Trait::isMoment);
  }

  private static boolean isSoftContentBorneOut(Map<Signal, Double> bounded) {
    return worth(bounded, Signal.S2) + worth(bounded, Signal.S5) >= LEAST_OF_A_SIGNAL
        && worth(bounded, Signal.S3) > 0;
  }

  /**
   * Whether a network is all that the member shares of things, and others may be on it who have
   * nothing to do with the group. So may people where nobody told the network, and where so many
   * are behind it that sharing it says nothing.
   */
  private boolean isOfAPlace(Portrait member, Set<Trait> has, boolean isMarkedByThings) {
    if (has.stream().anyMatch(each -> each.signal() == Signal.S4 && !each.isNetwork())) {
      return false;
    }
    return has.contains(Trait.HOSTED_NETWORK)
        ? isMarkedByThings
        : has.contains(Trait.NETWORK) || !isElsewhere(member);
  }

  private boolean isElsewhere(Portrait member) {
    return counts(Trait.NETWORK)
        && Arrays.stream(member.traits)
            .anyMatch(
                trait ->
                    Trait.of(trait) == Trait.HOSTED_NETWORK
                        || Trait.of(trait) == Trait.NETWORK
                            && accountsOf.applyAsLong(trait) <= thresholds.networkAccounts());
  }

  private static double worth(Map<Signal, Double> evidence, Signal signal) {
    return evidence.getOrDefault(signal, 0.0);
  }
}
