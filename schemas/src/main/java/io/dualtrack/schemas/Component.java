package io.dualtrack.schemas;

import static io.dualtrack.schemas.Topics.ABUSE_ACTIONS;
import static io.dualtrack.schemas.Topics.ABUSE_ALERTS;
import static io.dualtrack.schemas.Topics.AUDIT;
import static io.dualtrack.schemas.Topics.AUDIT_STATUS;
import static io.dualtrack.schemas.Topics.BATCHES;
import static io.dualtrack.schemas.Topics.BATCH_COMMANDS;
import static io.dualtrack.schemas.Topics.BUDGETS;
import static io.dualtrack.schemas.Topics.CLOSES;
import static io.dualtrack.schemas.Topics.COMPLETIONS;
import static io.dualtrack.schemas.Topics.CONTROL_HISTORY;
import static io.dualtrack.schemas.Topics.COST_ALERTS;
import static io.dualtrack.schemas.Topics.COST_ALLOCATIONS;
import static io.dualtrack.schemas.Topics.COST_BUDGETS;
import static io.dualtrack.schemas.Topics.COST_CLOSINGS;
import static io.dualtrack.schemas.Topics.COST_LEDGER;
import static io.dualtrack.schemas.Topics.COST_ROLLUPS;
import static io.dualtrack.schemas.Topics.CURRENCIES;
import static io.dualtrack.schemas.Topics.DEAD_LETTERS;
import static io.dualtrack.schemas.Topics.EXCHANGES;
import static io.dualtrack.schemas.Topics.EXEMPTIONS;
import static io.dualtrack.schemas.Topics.FILES;
import static io.dualtrack.schemas.Topics.HOSTING;
import static io.dualtrack.schemas.Topics.MOVES;
import static io.dualtrack.schemas.Topics.MOVE_EVENTS;
import static io.dualtrack.schemas.Topics.MOVE_WEIGHTS;
import static io.dualtrack.schemas.Topics.OFFERINGS;
import static io.dualtrack.schemas.Topics.ORDERS_API_BATCH;
import static io.dualtrack.schemas.Topics.ORDERS_API_DEFERRED;
import static io.dualtrack.schemas.Topics.ORDERS_API_INTERACTIVE;
import static io.dualtrack.schemas.Topics.ORDERS_LOCAL_BATCH;
import static io.dualtrack.schemas.Topics.ORDERS_LOCAL_INTERACTIVE;
import static io.dualtrack.schemas.Topics.POLICIES;
import static io.dualtrack.schemas.Topics.PRICES;
import static io.dualtrack.schemas.Topics.PROVIDER_BATCHES;
import static io.dualtrack.schemas.Topics.RED_TEAM_RESULTS;
import static io.dualtrack.schemas.Topics.REPRICINGS;
import static io.dualtrack.schemas.Topics.REQUESTS;
import static io.dualtrack.schemas.Topics.RESULTS;
import static io.dualtrack.schemas.Topics.SHADOW_PAIRS;
import static io.dualtrack.schemas.Topics.SHADOW_QUALITY;
import static io.dualtrack.schemas.Topics.SUSPENSIONS;
import static io.dualtrack.schemas.Topics.TENANTS;
import static io.dualtrack.schemas.Topics.VOLUMES;
import static io.dualtrack.schemas.Topics.VOLUME_EVENTS;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DELETE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.apache.kafka.common.resource.PatternType.LITERAL;
import static org.apache.kafka.common.resource.PatternType.PREFIXED;
import static org.apache.kafka.common.resource.ResourceType.GROUP;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.apache.kafka.common.resource.ResourceType.TRANSACTIONAL_ID;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * Who reads and writes which topic: the kinds of processes that a deployment has, and the least
 * that Kafka must allow each. Whatever sets access up, or shows it, reads it here.
 */
public enum Component {
  GATEWAY(
      "dualtrack-gateway",
      List.of(RESULTS, FILES, BATCHES, BATCH_COMMANDS, TENANTS, OFFERINGS, SUSPENSIONS),
      List.of(REQUESTS, FILES, BATCHES, BATCH_COMMANDS)),

  /**
   * The console of a gateway, under a user of its own: what reads every decision and can pull the
   * kill switch is not what takes requests from the network.
   */
  CONSOLE(
      "dualtrack-console",
      List.of(
          EXCHANGES,
          AUDIT,
          AUDIT_STATUS,
          COST_LEDGER,
          COST_ROLLUPS,
          COST_BUDGETS,
          COST_CLOSINGS,
          PRICES,
          CURRENCIES,
          ABUSE_ALERTS,
          ABUSE_ACTIONS,
          TENANTS,
          OFFERINGS,
          POLICIES,
          SUSPENSIONS,
          EXEMPTIONS,
          VOLUMES,
          CONTROL_HISTORY),
      List.of(SUSPENSIONS, CONTROL_HISTORY, ABUSE_ACTIONS, CLOSES)),

  /** Also makes the topics that are missing, and has internal topics of its own. */
  TOPOLOGY(
      "dualtrack-topology",
      List.of(
          REQUESTS,
          COMPLETIONS,
          BUDGETS,
          VOLUME_EVENTS,
          VOLUMES,
          TENANTS,
          OFFERINGS,
          POLICIES,
          SUSPENSIONS,
          PRICES,
          CURRENCIES,
          ABUSE_ALERTS,
          ABUSE_ACTIONS,
          EXEMPTIONS,
          MOVES,
          MOVE_EVENTS,
          MOVE_WEIGHTS,
          SHADOW_QUALITY),
      List.of(
          ORDERS_API_INTERACTIVE,
          ORDERS_API_BATCH,
          ORDERS_LOCAL_INTERACTIVE,
          ORDERS_LOCAL_BATCH,
          RESULTS,
          SHADOW_PAIRS,
          EXCHANGES,
          AUDIT,
          DEAD_LETTERS,
          BUDGETS,
          COST_ALERTS,
          COST_BUDGETS,
          VOLUME_EVENTS,
          VOLUMES,
          MOVE_EVENTS,
          MOVE_WEIGHTS,
          ABUSE_ACTIONS,
          CONTROL_HISTORY)),

  DISPATCHER_API(
      "dualtrack-dispatcher-api",
      List.of(
          ORDERS_API_INTERACTIVE,
          ORDERS_API_BATCH,
          ORDERS_API_DEFERRED,
          PROVIDER_BATCHES,
          OFFERINGS,
          SUSPENSIONS,
          ABUSE_ACTIONS),
      List.of(COMPLETIONS, ORDERS_API_BATCH, ORDERS_API_DEFERRED, PROVIDER_BATCHES, DEAD_LETTERS)),

  DISPATCHER_LOCAL(
      "dualtrack-dispatcher-local",
      List.of(ORDERS_LOCAL_INTERACTIVE, ORDERS_LOCAL_BATCH, OFFERINGS, SUSPENSIONS, ABUSE_ACTIONS),
      List.of(COMPLETIONS, DEAD_LETTERS)),

  COST_JOB(
      "dualtrack-cost",
      List.of(EXCHANGES, TENANTS, PRICES, CURRENCIES, CLOSES, HOSTING, REPRICINGS),
      List.of(
          COST_LEDGER, COST_ROLLUPS, COST_ALERTS, COST_ALLOCATIONS, COST_CLOSINGS, DEAD_LETTERS)),

  ABUSE_JOB("dualtrack-abuse", List.of(EXCHANGES), List.of(ABUSE_ALERTS, DEAD_LETTERS)),

  /** Reads texts, and writes none. */
  COMPARISON_JOB(
      "dualtrack-comparison", List.of(SHADOW_PAIRS), List.of(SHADOW_QUALITY, DEAD_LETTERS)),

  WAREHOUSE(
      "dualtrack-warehouse",
      List.of(COST_LEDGER, COST_ROLLUPS, COST_ALLOCATIONS, COST_CLOSINGS, OFFERINGS),
      List.of()),

  /** Seals the audit trail, and says how it stands. */
  AUDIT_SEALER("dualtrack-audit", List.of(AUDIT, CONTROL_HISTORY), List.of(AUDIT_STATUS)),

  /**
   * The command line: control records, what became of a request, dead letters and their replay,
   * actions on accounts.
   */
  OPERATOR(
      "dualtrack-operator",
      Topics.all(),
      List.of(
          TENANTS,
          OFFERINGS,
          POLICIES,
          PRICES,
          SUSPENSIONS,
          CURRENCIES,
          CLOSES,
          HOSTING,
          REPRICINGS,
          EXEMPTIONS,
          MOVES,
          RED_TEAM_RESULTS,
          CONTROL_HISTORY,
          ABUSE_ACTIONS,
          DEAD_LETTERS,
          REQUESTS,
          COMPLETIONS,
          ORDERS_API_INTERACTIVE,
          ORDERS_API_BATCH,
          ORDERS_API_DEFERRED,
          ORDERS_LOCAL_INTERACTIVE,
          ORDERS_LOCAL_BATCH,
          EXCHANGES));

  private static final String EVERY_TOPIC = "dualtrack.";
  private static final String ANY_HOST = "*";

  private final String user;
  private final Set<Topic<?>> reads;
  private final Set<Topic<?>> writes;

  Component(String user, List<? extends Topic<?>> reads, List<? extends Topic<?>> writes) {
    this.user = user;
    this.reads = new LinkedHashSet<>(reads);
    this.writes = new LinkedHashSet<>(writes);
  }

  /**
   * Usual name of its user at the brokers; its groups and transactional ids begin with the same.
   */
  public String user() {
    return user;
  }

  public boolean mayRead(Topic<?> topic) {
    return reads.contains(topic);
  }

  public boolean mayWrite(Topic<?> topic) {
    return writes.contains(topic);
  }

  /**
   * What Kafka must allow; everything else is to be refused.
   *
   * @param principal as brokers see it, such as {@code User:dualtrack-gateway}
   */
  public List<AclBinding> acls(String principal) {
    List<AclBinding> acls = new ArrayList<>();
    for (Topic<?> topic : reads) {
      acls.add(allow(principal, TOPIC, topic.name(), LITERAL, READ));
    }
    for (Topic<?> topic : writes) {
      acls.add(allow(principal, TOPIC, topic.name(), LITERAL, WRITE));
    }
    acls.add(allow(principal, GROUP, user, PREFIXED, READ));
    for (String ids : transactionalIds()) {
      acls.add(allow(principal, TRANSACTIONAL_ID, ids, PREFIXED, WRITE));
    }
    if (this == CONSOLE) {
      acls.addAll(seesLag(principal));
    }
    if (this == TOPOLOGY) {
      acls.add(allow(principal, TOPIC, EVERY_TOPIC, PREFIXED, CREATE));
      acls.add(allow(principal, TOPIC, EVERY_TOPIC, PREFIXED, DESCRIBE));
      for (AclOperation operation : List.of(CREATE, READ, WRITE, DELETE)) {
        acls.add(allow(principal, TOPIC, user + "-", PREFIXED, operation));
      }
    }
    return acls;
  }

  /** How far a group is behind, without a record of what it reads. */
  private static Set<AclBinding> seesLag(String principal) {
    Set<AclBinding> acls = new LinkedHashSet<>();
    for (ReadingGroup group : ReadingGroup.all()) {
      acls.add(allow(principal, GROUP, group.id(), LITERAL, DESCRIBE));
      group
          .topics()
          .forEach(topic -> acls.add(allow(principal, TOPIC, topic.name(), LITERAL, DESCRIBE)));
    }
    return acls;
  }

  private List<String> transactionalIds() {
    return switch (this) {
      case WAREHOUSE, AUDIT_SEALER -> List.of();
      case CONSOLE -> List.of("dualtrack-control");
      case OPERATOR -> List.of("dualtrack-control", "dualtrack-dead-letters");
      default -> List.of(user);
    };
  }

  private static AclBinding allow(
      String principal,
      ResourceType type,
      String name,
      PatternType pattern,
      AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(type, name, pattern),
        new AccessControlEntry(principal, ANY_HOST, operation, AclPermissionType.ALLOW));
  }
}
