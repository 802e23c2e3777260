package io.dualtrack.jobs.abuse;

/**
 * Something that accounts may have in common, as 64 bits: a hash of the value, and the kind in the
 * lowest five. Equal values of one kind have equal keys; keys of different kinds never meet.
 */
enum Trait {
  PREFIX(Signal.S1, true, "texts with the same rare opening"),
  SUFFIX(Signal.S1, true, "texts with the same rare closing"),
  SHINGLE(Signal.S1, true, "texts with the same rare run of words"),
  BAND(Signal.S1, true, "texts of near-equal wording (MinHash)"),
  SYSTEM(Signal.S1, true, "the same system prompt"),
  TOPIC(Signal.S2, true, "texts of one narrow kind"),
  CAPABILITY(Signal.S5, true, "work of one capability only"),
  ELICITS(Signal.S5, true, "requests for the reasoning itself"),
  PAYMENT(Signal.S4, false, "means of payment"),
  DEVICE(Signal.S4, false, "device"),
  NETWORK(Signal.S4, false, "network"),
  HOSTED_NETWORK(Signal.S4, false, "network of a hosting provider"),
  CREATED_HOUR(Signal.S8, false, "hour in which the account was made"),
  CREATED_DAY(Signal.S8, false, "day on which the account was made"),
  ACTIVATED(Signal.S3, false, "hour of the first request"),
  PIVOT(Signal.S3, false, "hour of the move to another model"),
  RATE(Signal.S3, false, "daily number of requests"),
  PACE(Signal.S3, false, "evenness of the pauses between requests");

  private static final int KIND_BITS = 5;
  private static final long KIND_MASK = (1L << KIND_BITS) - 1;
  private static final Trait[] ALL = values();

  private final Signal signal;
  private final boolean isContent;
  private final String words;

  Trait(Signal signal, boolean isContent, String words) {
    this.signal = signal;
    this.isContent = isContent;
    this.words = words;
  }

  Signal signal() {
    return signal;
  }

  /** Whether it says what accounts ask; else it says who they are and when they come. */
  boolean isContent() {
    return isContent;
  }

  /** Whether it is something done once; else it is a habit, or what an account is. */
  boolean isMoment() {
    return this == ACTIVATED || this == PIVOT;
  }

  String words() {
    return words;
  }

  boolean isNetwork() {
    return this == NETWORK || this == HOSTED_NETWORK;
  }

  /** Whether few accounts have the same value, so that who has it is worth keeping. */
  boolean isRareByNature() {
    return switch (this) {
      case PREFIX, SUFFIX, SHINGLE, BAND, SYSTEM, PAYMENT, DEVICE, NETWORK, HOSTED_NETWORK -> true;
      default -> false;
    };
  }

  long key(long value) {
    return (mix(value * ALL.length + ordinal()) & ~KIND_MASK) | ordinal();
  }

  static Trait of(long key) {
    return ALL[(int) (key & KIND_MASK)];
  }

  /** Finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
