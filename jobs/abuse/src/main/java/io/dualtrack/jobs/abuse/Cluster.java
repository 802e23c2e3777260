package io.dualtrack.jobs.abuse;

/**
 * What is known of one cluster. A plain bean, for Flink keeps it in state by its fields and lets
 * later versions add some.
 */
public final class Cluster {

  /** Accounts reported so far. */
  public int accounts;

  /** Alerts raised so far. */
  public int alerts;

  /** Tenant of all accounts; empty where they have several. */
  public String tenant = "";
}
