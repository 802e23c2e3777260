package io.dualtrack.jobs.abuse;

import java.util.Arrays;
import java.util.List;

/** Who stands behind each member of a group: itself, or its organisation. */
final class Entities {

  private final long[] ofMembers;
  private final int distinct;

  Entities(List<Portrait> members, Population population) {
    this.ofMembers = members.stream().mapToLong(population::entity).toArray();
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
