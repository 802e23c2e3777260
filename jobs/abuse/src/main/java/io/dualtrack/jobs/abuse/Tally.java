package io.dualtrack.jobs.abuse;

/**
 * That an account was one of its tenant's users in an hour. A plain bean, for Flink moves it
 * between tasks by its fields.
 */
public final class Tally {

  public String tenant = "";
  public long at;
  public int country;
  public int language;
}
