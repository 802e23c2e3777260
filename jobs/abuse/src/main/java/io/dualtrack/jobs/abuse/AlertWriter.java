package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.SharedResource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a cluster's alert says, in words for those who must act on it. */
final class AlertWriter {

  /** Clusters so many times as large as the threshold are not left to a review alone. */
  private static final int THROTTLE_AT = 4;

  private static final int RESOURCES = 20;

  private AlertWriter() {}

  /**
   * @param added accounts with their tenants, in order
   * @param named accounts that were found together now
   * @param exemption empty where none covers the cluster
   */
  static AbuseAlert alert(
      Cluster cluster,
      List<String> added,
      List<Portrait> named,
      long at,
      String exemption,
      AbuseThresholds thresholds) {
    int accounts = cluster.accounts.size();
    Set<String> tenants =
        cluster.accounts.values().stream().map(AlertWriter::tenant).collect(Collectors.toSet());
    boolean isLarge = accounts >= THROTTLE_AT * thresholds.accounts();
    return AbuseAlert.newBuilder()
        .setAlertId(cluster.id + "-" + cluster.alerts)
        .setKind(AlertKind.CLUSTER)
        .setClusterId(cluster.id)
        .setTenant(tenants.size() == 1 ? tenants.iterator().next() : null)
        .setRaisedAt(Instant.ofEpochMilli(at))
        .setScore(score(cluster, accounts, thresholds))
        .setAccountsAdded(added.stream().map(AlertWriter::account).toList())
        .setTenantsAdded(added.stream().map(AlertWriter::tenant).toList())
        .setAccountCount(accounts)
        .setEvidence(evidence(cluster.findings))
        .setRecommendedAction(isLarge ? RecommendedAction.THROTTLE : RecommendedAction.REVIEW)
        .setSuppressedBy(exemption.isEmpty() ? null : exemption)
        .setShared(shared(named))
        .build();
  }

  private static List<SharedResource> shared(List<Portrait> named) {
    Map<Long, Integer> accounts = new HashMap<>();
    for (Portrait member : named) {
      for (long trait : member.traits) {
        if (resource(Trait.of(trait)) != null) {
          accounts.merge(trait, 1, Integer::sum);
        }
      }
    }
    return accounts.entrySet().stream()
        .filter(each -> each.getValue() > 1)
        .sorted(
            Map.Entry.<Long, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(RESOURCES)
        .map(
            each ->
                new SharedResource(
                    resource(Trait.of(each.getKey())),
                    "%016x".formatted(each.getKey()),
                    each.getValue()))
        .toList();
  }

  /** Null for what is no thing. */
  private static String resource(Trait trait) {
    return switch (trait) {
      case PAYMENT -> "payment";
      case DEVICE -> "device";
      case NETWORK -> "network";
      case HOSTED_NETWORK -> "hosted-network";
      default -> null;
    };
  }

  /** Half from the strength of the evidence, half from the number of accounts; below 1. */
  private static double score(Cluster cluster, int accounts, AbuseThresholds thresholds) {
    double strength = 1 - Math.exp(-(cluster.strength - thresholds.memberEvidence() + 1) / 2);
    double size = (double) accounts / (accounts + thresholds.accounts());
    return Math.max(0, strength) / 2 + size / 2;
  }

  private static List<Evidence> evidence(Map<Trait, Finding> findings) {
    List<Evidence> evidence = new ArrayList<>();
    findings.forEach(
        (trait, finding) ->
            evidence.add(new Evidence(trait.signal().name(), sentence(trait, finding))));
    return evidence;
  }

  private static String sentence(Trait trait, Finding finding) {
    int accounts = finding.accounts();
    int of = finding.of();
    if (trait == Trait.TOPIC) {
      return "texts of %d accounts are of one kind, unlike everybody's".formatted(accounts);
    }
    if (trait == Trait.CAPABILITY || trait == Trait.ELICITS) {
      return "%d of %d accounts send %s; by chance %s would"
          .formatted(accounts, of, trait.words(), number(finding.expected()));
    }
    if (trait.isContent()) {
      return "%d accounts sent %s".formatted(accounts, trait.words());
    }
    return "%d of %d accounts share %d %s; by chance %s would"
        .formatted(accounts, of, finding.values(), plural(trait, finding), expected(finding));
  }

  private static String plural(Trait trait, Finding finding) {
    if (finding.values() == 1) {
      return trait.words();
    }
    return switch (trait) {
      case PAYMENT -> "means of payment";
      case DEVICE -> "devices";
      case NETWORK -> "networks";
      case HOSTED_NETWORK -> "networks of hosting providers";
      case CREATED_HOUR -> "hours in which they were made";
      case CREATED_DAY -> "days on which they were made";
      case ACTIVATED -> "hours of their first request";
      case PIVOT -> "hours of moving to another model";
      case RATE -> "levels of daily requests";
      case PACE -> "degrees of evenness in their pauses";
      default -> trait.words();
    };
  }

  private static String expected(Finding finding) {
    return number(finding.expected());
  }

  private static String number(double expected) {
    return expected < 1 ? "fewer than 1" : "%.0f".formatted(Math.ceil(expected));
  }

  private static String account(String identity) {
    return identity.substring(identity.indexOf('\n') + 1);
  }

  private static String tenant(String identity) {
    return identity.substring(0, identity.indexOf('\n'));
  }
}
