package io.dualtrack.jobs.abuse;

/** That an account has been seen with an item, or, where the item is 0, that its traits changed. */
final class Claim {

  final long item;
  final long account;
  final long at;

  /** Null where the account was named with another of its claims or will be. */
  Portrait portrait;

  /** Exemption because of which the item is no evidence; null for none. */
  String exemption;

  /** Traits that the account had when it was last told of and has no more; for item 0 only. */
  long[] gone = {};

  /** Traits it did not have then; for item 0 only. */
  long[] come = {};

  /** Whether the account is told of for the first time; for item 0 only. */
  boolean isNew;

  /** Estimated accounts with the item, itself included. */
  long accounts;

  Claim(long item, long account, long at) {
    this.item = item;
    this.account = account;
    this.at = at;
  }
}
