package io.dualtrack.schemas;

import io.dualtrack.schemas.Topic.Cleanup;
import java.time.Duration;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/** The catalogue of topics. Whatever needs a topic's name, type or settings reads it here. */
public final class Topics {

  /** Partitions of a parallel topic where a deployment does not say otherwise. */
  public static final int DEFAULT_PARTITIONS = 12;

  /** Largest record on a topic with text: a long answer and its envelope. */
  public static final int MAX_TEXT_RECORD_BYTES = 8 * 1024 * 1024;

  /**
   * Largest body of a request that travels in records, in bytes of UTF-8; of others a part is in a
   * file.
   */
  public static final int MAX_BODY_BYTES = 256 * 1024;

  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration TEN_YEARS = Duration.ofDays(3653);

  public static final Topic<InferenceRequest> REQUESTS =
      text("requests", "request id", InferenceRequest.class);
  public static final Topic<DispatchOrder> ORDERS_API_INTERACTIVE =
      text("orders.api.interactive", "cache key", DispatchOrder.class);
  public static final Topic<DispatchOrder> ORDERS_API_BATCH =
      text("orders.api.batch", "cache key", DispatchOrder.class);

  /** Orders that wait for, or are in, a provider's batch. */
  public static final Topic<DispatchOrder> ORDERS_API_DEFERRED =
      text("orders.api.deferred", "cache key", DispatchOrder.class);

  public static final Topic<DispatchOrder> ORDERS_LOCAL_INTERACTIVE =
      text("orders.local.interactive", "cache key", DispatchOrder.class);
  public static final Topic<DispatchOrder> ORDERS_LOCAL_BATCH =
      text("orders.local.batch", "cache key", DispatchOrder.class);
  public static final Topic<Completion> COMPLETIONS =
      text("completions", "cache key", Completion.class);
  public static final Topic<InferenceResult> RESULTS =
      text("results", "reply key: batch id or request id", InferenceResult.class);

  /** Requests that two offerings answered. */
  public static final Topic<ShadowPair> SHADOW_PAIRS =
      text("shadow.pairs", "request id", ShadowPair.class);

  /** How two offerings' answers compare. */
  public static final Topic<ShadowQuality> SHADOW_QUALITY =
      table("shadow.quality", "tenant|task|from|to", ShadowQuality.class);

  /** How offerings stood up to probes. */
  public static final Topic<RedTeamResult> RED_TEAM_RESULTS =
      table("redteam.results", "offering|version|kind", RedTeamResult.class);

  public static final Topic<BatchState> BATCHES = table("batches", "batch id", BatchState.class);

  /** What callers want of batches; what became of it is on {@link #BATCHES}. */
  public static final Topic<BatchCommand> BATCH_COMMANDS =
      table("batch-commands", "batch id/kind", BatchCommand.class);

  public static final Topic<StoredFile> FILES = table("files", "file id", StoredFile.class);
  public static final Topic<ProviderBatch> PROVIDER_BATCHES =
      table("provider-batches", "job id", ProviderBatch.class);
  public static final Topic<Exchange> EXCHANGES = log("exchanges", "tenant", Exchange.class, MONTH);
  public static final Topic<RoutingDecision> AUDIT =
      log("audit", "request id", RoutingDecision.class, TEN_YEARS);

  /** How far the trail is sealed, and what came of the last verification. */
  public static final Topic<AuditStatus> AUDIT_STATUS =
      table("audit.status", "what is said", AuditStatus.class);

  public static final Topic<DeadLetter> DEAD_LETTERS =
      log("dead-letters", "topic-partition-offset", DeadLetter.class, MONTH);
  public static final Topic<LedgerEntry> COST_LEDGER =
      log("cost.ledger", "tenant", LedgerEntry.class, TEN_YEARS);
  public static final Topic<CostRollup> COST_ROLLUPS =
      table("cost.rollups", "dimensions and period", CostRollup.class);
  public static final Topic<BudgetAlert> COST_ALERTS =
      table("cost.alerts", "alert id", BudgetAlert.class);

  /** How hard budgets stand, once a second. */
  public static final Topic<BudgetBalance> COST_BUDGETS =
      table("cost.budgets", "tenant|cost centre", BudgetBalance.class);

  public static final Topic<CostAllocation> COST_ALLOCATIONS =
      table("cost.allocations", "hosting id", CostAllocation.class);
  public static final Topic<ClosedMonth> COST_CLOSINGS =
      table("cost.closings", "month", ClosedMonth.class);
  public static final Topic<AbuseAlert> ABUSE_ALERTS =
      table("abuse.alerts", "alert id", AbuseAlert.class);
  public static final Topic<AccountAction> ABUSE_ACTIONS =
      table("abuse.actions", "action id/tenant/account", AccountAction.class);

  public static final Topic<Tenant> TENANTS = control("tenants", Tenant.class);
  public static final Topic<Offering> OFFERINGS = control("offerings", Offering.class);
  public static final Topic<PolicyBundle> POLICIES = control("policies", PolicyBundle.class);
  public static final Topic<Price> PRICES = control("prices", Price.class);
  public static final Topic<Suspension> SUSPENSIONS = control("suspensions", Suspension.class);

  /** What the search for abuse leaves alone. */
  public static final Topic<AbuseExemption> EXEMPTIONS =
      control("exemptions", AbuseExemption.class);

  public static final Topic<CurrencyRate> CURRENCIES = control("currencies", CurrencyRate.class);
  public static final Topic<MonthClose> CLOSES = control("closes", MonthClose.class);
  public static final Topic<SelfHostedCost> HOSTING = control("hosting", SelfHostedCost.class);
  public static final Topic<Repricing> REPRICINGS = control("repricings", Repricing.class);

  /** Shares of requests that are to go from one offering to another, step by step. */
  public static final Topic<Move> MOVES = control("moves", Move.class);

  /** What speaks for and against the targets of moves. */
  public static final Topic<MoveEvent> MOVE_EVENTS =
      new Topic<>(
          "dualtrack.moves.events", "move", MoveEvent.class, Cleanup.DELETE, WEEK, false, false);

  /** How far moves are. No control topic: each zone has its own. */
  public static final Topic<MoveWeight> MOVE_WEIGHTS =
      new Topic<>(
          "dualtrack.moves.weights",
          "move",
          MoveWeight.class,
          Cleanup.COMPACT,
          Duration.ZERO,
          false,
          false);

  /** Requests of tenants with a hard budget, and what they cost in the end, where it is kept. */
  public static final Topic<BudgetEvent> BUDGETS = text("budgets", "tenant", BudgetEvent.class);

  /** What orders add to volume counters. One partition: each counter is counted in one place. */
  public static final Topic<VolumeEvent> VOLUME_EVENTS =
      new Topic<>(
          "dualtrack.volumes", "volume id", VolumeEvent.class, Cleanup.DELETE, MONTH, false, false);

  public static final Topic<VolumeState> VOLUMES = control("volumes", VolumeState.class);

  /** Every change of what the control topics hold, which themselves keep the last record only. */
  public static final Topic<ControlChange> CONTROL_HISTORY =
      new Topic<>(
          "dualtrack.control.history",
          "control topic and id",
          ControlChange.class,
          Cleanup.DELETE,
          TEN_YEARS,
          false,
          false);

  private static final List<Topic<?>> ALL =
      List.of(
          REQUESTS,
          ORDERS_API_INTERACTIVE,
          ORDERS_API_BATCH,
          ORDERS_API_DEFERRED,
          ORDERS_LOCAL_INTERACTIVE,
          ORDERS_LOCAL_BATCH,
          COMPLETIONS,
          RESULTS,
          SHADOW_PAIRS,
          SHADOW_QUALITY,
          RED_TEAM_RESULTS,
          BATCHES,
          BATCH_COMMANDS,
          FILES,
          PROVIDER_BATCHES,
          EXCHANGES,
          AUDIT,
          AUDIT_STATUS,
          DEAD_LETTERS,
          COST_LEDGER,
          COST_ROLLUPS,
          COST_ALERTS,
          COST_BUDGETS,
          COST_ALLOCATIONS,
          COST_CLOSINGS,
          ABUSE_ALERTS,
          ABUSE_ACTIONS,
          TENANTS,
          OFFERINGS,
          POLICIES,
          PRICES,
          SUSPENSIONS,
          EXEMPTIONS,
          CURRENCIES,
          CLOSES,
          HOSTING,
          REPRICINGS,
          MOVES,
          MOVE_EVENTS,
          MOVE_WEIGHTS,
          BUDGETS,
          VOLUME_EVENTS,
          VOLUMES,
          CONTROL_HISTORY);

  private Topics() {}

  /** Every topic, in the order of a request's way. */
  public static List<Topic<?>> all() {
    return ALL;
  }

  /** The topic that orders of a lane and class go to. */
  public static Topic<DispatchOrder> orders(Lane lane, ServiceClass serviceClass) {
    boolean interactive = serviceClass == ServiceClass.INTERACTIVE;
    return switch (lane) {
      case API -> interactive ? ORDERS_API_INTERACTIVE : ORDERS_API_BATCH;
      case LOCAL -> interactive ? ORDERS_LOCAL_INTERACTIVE : ORDERS_LOCAL_BATCH;
    };
  }

  private static <V extends SpecificRecord> Topic<V> text(String name, String key, Class<V> type) {
    return new Topic<>("dualtrack." + name, key, type, Cleanup.DELETE, WEEK, true, true);
  }

  private static <V extends SpecificRecord> Topic<V> log(
      String name, String key, Class<V> type, Duration retention) {
    return new Topic<>("dualtrack." + name, key, type, Cleanup.DELETE, retention, true, false);
  }

  private static <V extends SpecificRecord> Topic<V> table(String name, String key, Class<V> type) {
    return new Topic<>("dualtrack." + name, key, type, Cleanup.COMPACT, Duration.ZERO, true, false);
  }

  private static <V extends SpecificRecord> Topic<V> control(String name, Class<V> type) {
    return new Topic<>(
        "dualtrack.control." + name, "id", type, Cleanup.COMPACT, Duration.ZERO, false, false);
  }
}
