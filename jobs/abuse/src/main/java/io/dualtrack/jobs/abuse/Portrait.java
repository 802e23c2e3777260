package io.dualtrack.jobs.abuse;

/**
 * An account as the search for clusters sees it. A plain bean, for Flink moves it between tasks by
 * its fields.
 */
public final class Portrait {

  public long key;
  public String tenant = "";
  public String account = "";

  /** Hash of the means of payment, or of the tenant where there is none. */
  public long payer;

  /** When the account was last seen, and how many exchanges it has had. */
  public long at;

  public long exchanges;

  /** Keys of {@link Trait}s. */
  public long[] traits = {};

  /** Mean of the vectors of its texts, times 256; empty before there are a few. */
  public byte[] mean = {};

  /** Exemption of its organisation; null for none. */
  public String verified;

  /** A few texts of the account, chosen by their hash alone. */
  public long[] texts = {};
}
