package io.dualtrack.jobs.abuse;

/**
 * That an account has been seen with an item, or, where the item is 0, that its traits changed. A
 * plain bean, for Flink moves it between tasks by its fields.
 */
public final class Claim {

  public long item;
  public long account;
  public long at;

  /** Null where the account was named with another of its claims or will be. */
  public Portrait portrait;

  /** Exemption because of which the item is no evidence; null for none. */
  public String exemption;

  /** Traits that the account had when it was last told of and has no more; for item 0 only. */
  public long[] gone = {};

  /** Traits it did not have then; for item 0 only. */
  public long[] come = {};

  /** Whether the account is told of for the first time; for item 0 only. */
  public boolean isNew;

  /** Estimated accounts with the item, itself included; 0 before anyone has counted. */
  public long accounts;

  /** Keyed by this a claim meets all others of its item, and an item few others. */
  int shard(int shards) {
    return (int) Math.floorMod((item == 0 ? account : item) >>> 16, (long) shards);
  }
}
