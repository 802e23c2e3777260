package io.dualtrack.jobs.abuse;

import java.util.ArrayList;
import java.util.List;

/**
 * What is known of one piece of content under one relation. A plain bean, for Flink keeps it in
 * state by its fields and lets later versions add some.
 */
public final class Sighting {

  /** Exchanges that had the content. */
  public long exchanges;

  /** Time of the last of them, epoch milliseconds. */
  public long lastSeen;

  /** Distinct accounts among them, until there are enough for a cluster; empty from then on. */
  public List<String> accounts = new ArrayList<>();

  /** Cluster that the content belongs to; empty until it has one. */
  public String cluster = "";
}
