package io.dualtrack.jobs.abuse;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Who stands behind each member of a group: itself, or its organisation. */
final class Entities {

  private final long[] ofMembers;
  private final int distinct;

  Entities(List<Portrait> members, Population population) {
    this.ofMembers = new long[members.size()];
    for (int i = 0; i < ofMembers.length; i++) {
      ofMembers[i] = population.entity(members.get(i));
    }
    this.distinct = distinct(ofMembers.clone());
  }

  /**
   * @param member its place among the members
   */
  long of(int member) {
    return ofMembers[member];
  }

  int distinct() {
    return distinct;
  }

  /** The members' places, those of one entity side by side. */
  int[] inOrder() {
    int[] places = new int[ofMembers.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = i;
    }
    if (distinct == places.length) {
      return places;
    }
    return Arrays.stream(places)
        .boxed()
        .sorted(Comparator.comparingLong(place -> ofMembers[place]))
        .mapToInt(place -> place)
        .toArray();
  }

  /**
   * How many different numbers there are.
   *
   * @param numbers are sorted by this
   */
  static int distinct(long[] numbers) {
    Arrays.sort(numbers);
    int distinct = 0;
    for (int i = 0; i < numbers.length; i++) {
      if (i == 0 || numbers[i] != numbers[i - 1]) {
        distinct++;
      }
    }
    return distinct;
  }
}
