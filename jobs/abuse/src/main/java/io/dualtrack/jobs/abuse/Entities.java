package io.dualtrack.jobs.abuse;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.List;

/** Who stands behind each member of a group: itself, or its organisation. */
final class Entities {

  /** Numbers of the entities, in the order in which they first come. */
  private final int[] ofMembers;

  private final int distinct;

  Entities(List<Portrait> members, Population population) {
    this.ofMembers = new int[members.size()];
    Long2IntOpenHashMap numbers = new Long2IntOpenHashMap(ofMembers.length);
    numbers.defaultReturnValue(-1);
    for (int i = 0; i < ofMembers.length; i++) {
      int number = numbers.size();
      int known = numbers.putIfAbsent(population.entity(members.get(i)), number);
      ofMembers[i] = known < 0 ? number : known;
    }
    this.distinct = numbers.size();
  }

  /**
   * @param member its place among the members
   * @return a number for each entity, from 0 on
   */
  int of(int member) {
    return ofMembers[member];
  }

  int distinct() {
    return distinct;
  }

  /** The members' places, those of one entity side by side. */
  int[] inOrder() {
    int[] next = new int[distinct + 1];
    for (int entity : ofMembers) {
      next[entity + 1]++;
    }
    for (int entity = 0; entity < distinct; entity++) {
      next[entity + 1] += next[entity];
    }
    int[] places = new int[ofMembers.length];
    for (int i = 0; i < places.length; i++) {
      places[next[ofMembers[i]]++] = i;
    }
    return places;
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
