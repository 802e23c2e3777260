package io.dualtrack.jobs.abuse;

import java.util.List;
import java.util.Map;

/**
 * What the examination of a cohort has found.
 *
 * @param probability that chance brings such a cohort about
 * @param named members that look like each other and unlike everybody, by account key
 * @param strength mean evidence for the named, natural logarithm of how much likelier they are in
 *     the cluster than outside
 * @param findings what speaks for it, strongest of each trait
 */
record Verdict(
    double probability, List<Portrait> named, double strength, Map<Trait, Finding> findings) {

  static final Verdict NOTHING = new Verdict(1, List.of(), 0, Map.of());

  /**
   * @param accounts that have what is found
   * @param of accounts examined
   * @param values distinct values they share
   * @param expected accounts that would have it by chance
   */
  record Finding(int accounts, int of, int values, double expected) {}
}
