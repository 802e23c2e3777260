package io.dualtrack.jobs.abuse;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The traits of a group's members, each looked up once: from then on a value is its number, and who
 * has which lies side by side.
 */
final class TraitTally {

  private static final int KINDS = Trait.values().length;

  /** Each value that is there, by its number. */
  private final LongArrayList values = new LongArrayList();

  /** How many members have each. */
  private final IntArrayList occurrences = new IntArrayList();

  /** How many values of each kind there are. */
  private final int[] tried = new int[KINDS];

  /** Numbers of the values of all members, one member after the other, and where each one's end. */
  private final int[] held;

  private final int[] ends;

  /** Values that several members have, sorted. */
  private final long[] shared;

  /** Of each value its place among those that are shared; below 0 for others. */
  private final int[] places;

  /**
   * @param isAsked by the kind of trait; others are left out
   * @param least members that make a value a shared one
   */
  TraitTally(List<Portrait> members, boolean[] isAsked, int least) {
    int most = 0;
    for (Portrait member : members) {
      most += member.traits.length;
    }
    held = new int[most];
    ends = new int[members.size()];
    // Half of them as a rule, so that the table need not grow.
    Long2IntOpenHashMap numbers = new Long2IntOpenHashMap(most / 2);
    numbers.defaultReturnValue(-1);
    int end = 0;
    for (int i = 0; i < ends.length; i++) {
      for (long value : members.get(i).traits) {
        if (isAsked[kind(value)]) {
          held[end++] = number(value, numbers);
        }
      }
      ends[i] = end;
    }
    places = new int[values.size()];
    shared = shared(least);
    for (int i = 0; i < shared.length; i++) {
      places[numbers.get(shared[i])] = i;
    }
  }

  private int number(long value, Long2IntOpenHashMap numbers) {
    int number = numbers.putIfAbsent(value, values.size());
    if (number < 0) {
      number = values.size();
      values.add(value);
      occurrences.add(0);
      tried[kind(value)]++;
    }
    occurrences.set(number, occurrences.getInt(number) + 1);
    return number;
  }

  private long[] shared(int least) {
    long[] all = new long[values.size()];
    int size = 0;
    for (int number = 0; number < all.length; number++) {
      places[number] = -1;
      if (occurrences.getInt(number) >= least) {
        all[size++] = values.getLong(number);
      }
    }
    Arrays.sort(all, 0, size);
    return Arrays.copyOf(all, size);
  }

  private static int kind(long value) {
    return Trait.of(value).ordinal();
  }

  /** Values that several members have, sorted. */
  long[] shared() {
    return shared;
  }

  /** How many values of a kind there are, shared or not. */
  int tried(Trait kind) {
    return tried[kind.ordinal()];
  }

  /** Where in {@link #held} the traits of a member begin. */
  int begin(int member) {
    return member == 0 ? 0 : ends[member - 1];
  }

  int end(int member) {
    return ends[member];
  }

  /** The kind of a trait that a member has, as a number. */
  int kindOf(int trait) {
    return kind(values.getLong(held[trait]));
  }

  /** The place among {@link #shared} of a trait that a member has; below 0 for none. */
  int placeOf(int trait) {
    return places[held[trait]];
  }
}
