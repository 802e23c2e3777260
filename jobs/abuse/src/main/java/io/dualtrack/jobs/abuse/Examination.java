package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Whether the accounts that share one item share more than chance explains.
 *
 * <p>Accounts with the same wording are examined for relations, accounts with a relation for
 * content, so that nothing is found on one kind of evidence alone. For each value of a trait the
 * number of members that have it is held against the share of everybody else that does (which is
 * what rarity is): a public agent's users have as many networks, ages and habits as everybody, and
 * a campus asks as many things.
 *
 * <p>Which members are named is a naive Bayes decision: for each signal the logarithm of how much
 * likelier the account's traits are among the members than among others, bounded for each signal,
 * against it where most members have what this one lacks. An organisation counts once.
 */
final class Examination {

  /** Below this probability, after correction for how many values were tried, a value counts. */
  private static final double ENRICHED = 1e-3;

  private static final int LEAST = 3;

  /**
   * A card is rare by nature, however few accounts were seen yet: so many are taken for granted.
   */
  private static final long SURELY = 1_000;

  /** Wording that more than six of ten accounts share is everybody's. */
  private static final double LEAST_RARITY = 0.5;

  /** Less than this share of the members is not in step, and one way of being in step is habit. */
  private static final double IN_STEP = 0.3;

  private static final int WAYS_IN_STEP = 2;
  private static final double BOUND_AGAINST = -2;
  private static final double LEAST_OF_A_SIGNAL = 1.5;
  private static final double REPEATED = 1.5;
  private static final double BENCHMARK = 2;

  private final Population population;
  private final AbuseThresholds thresholds;

  /** Accounts with an item that few have. */
  private final ToLongFunction<Long> accountsOf;

  Examination(Population population, AbuseThresholds thresholds, ToLongFunction<Long> accountsOf) {
    this.population = population;
    this.thresholds = thresholds;
    this.accountsOf = accountsOf;
  }

  /** A value that more members have than chance explains. */
  private record Enriched(double evidence, double share) {}

  /** What is found of one trait. */
  private record Tested(Map<Long, Enriched> values, double covered, double probability) {}

  Verdict of(Trait kind, long accounts, List<Portrait> members) {
    Map<Long, Set<Long>> having = new HashMap<>();
    Map<Trait, Set<Long>> knowing = new EnumMap<>(Trait.class);
    Set<Long> entities = new HashSet<>();
    for (Portrait member : members) {
      long entity = population.entity(member);
      entities.add(entity);
      for (long trait : member.traits) {
        Trait each = Trait.of(trait);
        if (each.isContent() != kind.isContent() && counts(each)) {
          having.computeIfAbsent(trait, value -> new HashSet<>()).add(entity);
          knowing.computeIfAbsent(each, value -> new HashSet<>()).add(entity);
        }
      }
    }
    int size = entities.size();
    if (size < thresholds.accounts() || !counts(kind)) {
      return Verdict.NOTHING;
    }
    Map<Trait, Tested> tested = new EnumMap<>(Trait.class);
    Map<Trait, Finding> findings = new EnumMap<>(Trait.class);
    double probability = 1;
    for (Trait each : knowing.keySet()) {
      Tested result = test(each, having, knowing.get(each), findings);
      tested.put(each, result);
      probability =
          Math.min(probability, Math.min(1, result.probability() * Trait.values().length));
    }
    Topic topic = kind.isContent() || !counts(Trait.TOPIC) ? null : Topic.of(members, population);
    if (topic != null) {
      probability = Math.min(probability, topic.probability());
    }
    double base = base(kind, accounts, members, size);
    if (base < LEAST_RARITY) {
      return new Verdict(probability, List.of(), 0, findings);
    }
    List<Portrait> named = new ArrayList<>();
    double strength = 0;
    for (Portrait member : members) {
      double evidence = evidence(member, tested, topic);
      if (evidence >= LEAST_OF_A_SIGNAL && base + evidence >= thresholds.memberEvidence()) {
        named.add(member);
        strength += base + evidence;
      }
    }
    if (named.isEmpty()) {
      return new Verdict(probability, named, 0, findings);
    }
    double expected = (double) accounts * size / Math.max(SURELY, population.accounts());
    findings.put(kind, new Finding(named.size(), members.size(), 1, expected));
    if (topic != null && topic.probability() < ENRICHED) {
      findings.put(Trait.TOPIC, new Finding(named.size(), members.size(), 1, 0));
    }
    return new Verdict(probability, named, strength / named.size(), findings);
  }

  private boolean counts(Trait trait) {
    return thresholds.signals().contains(trait.signal());
  }

  private Tested test(
      Trait kind, Map<Long, Set<Long>> having, Set<Long> knowing, Map<Trait, Finding> findings) {
    int size = knowing.size();
    long everybody = Math.max(population.havingAny(kind), size);
    if (kind.isRareByNature()) {
      everybody = Math.max(everybody, SURELY);
    }
    int tried = 0;
    for (Map.Entry<Long, Set<Long>> each : having.entrySet()) {
      tried += Trait.of(each.getKey()) == kind ? 1 : 0;
    }
    Map<Long, Enriched> values = new HashMap<>();
    Set<Long> covered = new HashSet<>();
    double best = 1;
    double expected = 0;
    for (Map.Entry<Long, Set<Long>> each : having.entrySet()) {
      long value = each.getKey();
      int members = each.getValue().size();
      if (Trait.of(value) != kind || members < LEAST || saysNothing(kind, value)) {
        continue;
      }
      if (kind.signal() == Signal.S3 && members < IN_STEP * size) {
        continue;
      }
      long all = kind.isRareByNature() ? accountsOf.applyAsLong(value) : population.having(value);
      // The share of the others, and never quite nobody.
      double share = (Math.max(0, all - members) + 0.5) / (everybody - size + 1.0);
      share = Math.min(share, 1);
      double chance = Math.min(1, tried * Chance.ofAtLeast(members, size, share));
      best = Math.min(best, chance);
      if (chance < ENRICHED) {
        double among = (double) members / size;
        values.put(value, new Enriched(Math.log(among / share), share));
        covered.addAll(each.getValue());
        expected += share * size;
      }
    }
    if (!values.isEmpty()) {
      findings.put(kind, new Finding(covered.size(), size, values.size(), expected));
    }
    return new Tested(values, (double) covered.size() / Math.max(1, size), best);
  }

  /**
   * Of strangers behind one address nothing follows (a server's address is somebody's), and who was
   * first seen soon after this job first looked may have been there before.
   */
  private boolean saysNothing(Trait kind, long value) {
    return switch (kind) {
      case NETWORK -> accountsOf.applyAsLong(value) > thresholds.networkAccounts();
      case ACTIVATED -> population.isFromTheBeginning(value);
      default -> false;
    };
  }

  /** What the shared item itself is worth: the rarer the more, within bounds. */
  private double base(Trait kind, long accounts, List<Portrait> members, int entities) {
    double all = Math.max(accounts, entities);
    double rarity = Math.log(Math.max(1, population.accounts() / all));
    double bounded = Math.min(bound(kind.signal()), rarity);
    if (!kind.isContent()) {
      return kind == Trait.NETWORK && all > thresholds.networkAccounts() ? BOUND_AGAINST : bounded;
    }
    // Members who send the very same texts run a benchmark that is there for everybody.
    return counts(Trait.CAPABILITY) && repetition(members) > REPEATED
        ? bounded - BENCHMARK
        : bounded;
  }

  /** S5: how often a text of the members is there on average; 1 where they divide the work. */
  private static double repetition(List<Portrait> members) {
    int all = 0;
    Set<Long> distinct = new HashSet<>();
    for (Portrait member : members) {
      for (long text : member.texts) {
        all++;
        distinct.add(text);
      }
    }
    return distinct.isEmpty() ? 1 : (double) all / distinct.size();
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

  private double evidence(Portrait member, Map<Trait, Tested> tested, Topic topic) {
    Map<Signal, Double> found = new EnumMap<>(Signal.class);
    Map<Signal, Double> against = new EnumMap<>(Signal.class);
    int steps = 0;
    for (Map.Entry<Trait, Tested> each : tested.entrySet()) {
      Tested result = each.getValue();
      if (result.values().isEmpty()) {
        continue;
      }
      Signal signal = each.getKey().signal();
      boolean isKnown = false;
      double best = 0;
      for (long trait : member.traits) {
        if (Trait.of(trait) == each.getKey()) {
          isKnown = true;
          Enriched enriched = result.values().get(trait);
          best = enriched == null ? best : Math.max(best, enriched.evidence());
        }
      }
      if (best > 0) {
        found.merge(signal, best, signal == Signal.S3 ? Double::sum : Math::max);
        steps += signal == Signal.S3 ? 1 : 0;
      } else if (isKnown) {
        against.merge(signal, Math.log(1 - result.covered() + 0.02), Math::min);
      }
    }
    if (steps < WAYS_IN_STEP) {
      found.remove(Signal.S3);
    }
    if (topic != null) {
      found.merge(Signal.S2, topic.evidence(member), Double::sum);
    }
    double sum = 0;
    for (Signal signal : Signal.values()) {
      if (found.containsKey(signal)) {
        sum += Math.min(bound(signal), found.get(signal));
      } else if (against.containsKey(signal)) {
        sum += Math.max(BOUND_AGAINST, against.get(signal));
      }
    }
    return sum;
  }

  /**
   * S2: how far the members' texts are from everybody's, and how near one member's are to them:
   * Fisher's linear discriminant along the line between the two means.
   */
  private record Topic(double probability, double[] everybody, double[] line, double scatter) {

    static Topic of(List<Portrait> members, Population population) {
      double[] everybody = population.mean();
      double[] line = new double[everybody.length];
      int known = 0;
      for (Portrait member : members) {
        if (member.mean.length == line.length) {
          known++;
          for (int i = 0; i < line.length; i++) {
            line[i] += member.mean[i] - everybody[i];
          }
        }
      }
      if (known < LEAST || population.vectors() < 10L * known) {
        return null;
      }
      double squared = 0;
      for (int i = 0; i < line.length; i++) {
        line[i] /= known;
        squared += line[i] * line[i];
      }
      double variance = population.variance();
      int directions = population.directions();
      double probability = Chance.ofDistance(squared, variance, known, directions);
      Topic topic = new Topic(probability, everybody, line, 1);
      double scatter = 0;
      for (Portrait member : members) {
        if (member.mean.length == line.length) {
          double off = topic.along(member) - squared;
          scatter += off * off;
        }
      }
      double least = squared * variance / (2 * directions);
      return new Topic(probability, everybody, line, Math.max(least, scatter / known));
    }

    private double along(Portrait member) {
      double sum = 0;
      for (int i = 0; i < line.length; i++) {
        sum += (member.mean[i] - everybody[i]) * line[i];
      }
      return sum;
    }

    double evidence(Portrait member) {
      if (probability >= ENRICHED || member.mean.length != line.length) {
        return 0;
      }
      double squared = 0;
      for (double each : line) {
        squared += each * each;
      }
      double evidence = squared * (along(member) - squared / 2) / scatter;
      return Math.max(BOUND_AGAINST, evidence);
    }
  }
}
