package io.dualtrack.jobs.abuse;

/**
 * What the job looks at of an exchange, everything as numbers. A plain bean, for Flink moves it
 * between tasks by its fields. Zero stands for what is unknown.
 */
public final class Observation {

  /** Hash of tenant and account. */
  public long key;

  public String tenant = "";
  public String account = "";

  /** Milliseconds since 1970, as all times here. */
  public long at;

  public long exchange;
  public long tenantKey;
  public long model;

  public long payment;
  public long device;
  public long network;
  public boolean hosting;
  public long createdAt;

  /** Two letters in the lower 16 bits. */
  public int country;

  public int language;

  /** Keys of content {@link Trait}s. */
  public long[] contents = {};

  public long system;

  /** One bit each: agentic, coding, reasoning, long-horizon, anything else. */
  public int capabilities;

  public boolean elicits;
  public byte[] vector = {};

  /** Equal for equal texts. */
  public long text;

  /** Exemption of the organisation, and of the published text; null for none. */
  public String verified;

  public String publicText;
}
