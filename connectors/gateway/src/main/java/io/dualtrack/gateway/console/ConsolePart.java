package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.GatewayPart;
import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.gateway.access.SessionCookie;
import io.dualtrack.gateway.console.TopicTail.Begin;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.Topics;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.Gauge;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The console's read APIs and actions, which scripts may use as well as its page. What it shows is
 * read from the topics after the gateway has started, and does not keep it from being ready.
 */
public final class ConsolePart implements GatewayPart {

  private final GatewayContext context;
  private final ConsoleSettings settings;
  private final LiveFigures live = new LiveFigures();
  private final DecisionIndex decisions;
  private final EventStreams streams;
  private final TopicTail tail;
  private final CostFigures costs = new CostFigures();
  private final LatestRecords<BudgetBalance> balances = new LatestRecords<>();
  private final LatestRecords<ClosedMonth> closings = new LatestRecords<>();
  private final LatestRecords<AuditStatus> trail = new LatestRecords<>();
  private final LagFigures lag;
  private final AbuseRecords abuse = new AbuseRecords();
  private final ComplianceRoutes compliance;
  private final PolicyRoutes policy;
  private final AuditRoutes audit;
  private final FinanceRoutes finance;
  private final LedgerRoutes ledger;
  private final FraudRoutes fraud;
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "console-ticker"));

  public ConsolePart(GatewayContext context, ConsoleSettings settings) {
    this.context = context;
    this.settings = settings;
    this.decisions = new DecisionIndex(settings.decisions());
    this.streams = new EventStreams(context.clock());
    KafkaClients kafka = new KafkaClients(settings.kafka());
    String name = "dualtrack-console-" + context.config().instance();
    this.lag = new LagFigures(() -> kafka.admin(name + "-lag"), context.clock());
    this.tail =
        new TopicTail(() -> kafka.ungrouped(name), context.registry(), name)
            .of(
                Topics.EXCHANGES,
                Begin.NEXT,
                0,
                (record, exchange) -> {
                  if (exchange != null) {
                    live.settled(exchange, context.clock().instant());
                  }
                })
            .of(
                Topics.AUDIT,
                Begin.LATEST,
                settings.decisions(),
                (record, decision) -> {
                  if (decision != null) {
                    decisions.add(decision, record.partition(), record.offset());
                    live.decided(decision.getDecidedAt(), context.clock().instant());
                  }
                })
            .of(
                Topics.AUDIT_STATUS,
                Begin.FIRST,
                0,
                (record, status) -> trail.put(record.key(), status))
            .of(
                Topics.COST_ROLLUPS,
                Begin.FIRST,
                0,
                (record, rollup) -> costs.put(record.key(), rollup, today()))
            .of(
                Topics.COST_BUDGETS,
                Begin.FIRST,
                0,
                (record, balance) -> balances.put(record.key(), balance))
            .of(
                Topics.COST_CLOSINGS,
                Begin.FIRST,
                0,
                (record, month) -> closings.put(record.key(), month))
            .of(
                Topics.ABUSE_ALERTS,
                Begin.FIRST,
                0,
                (record, alert) -> abuse.alert(record.key(), alert))
            .of(
                Topics.ABUSE_ACTIONS,
                Begin.FIRST,
                0,
                (record, action) -> abuse.action(record.key(), action));
    this.compliance = new ComplianceRoutes(context, settings.kafka(), decisions, tail);
    this.policy = new PolicyRoutes(context, settings.kafka(), decisions, tail);
    this.audit = new AuditRoutes(trail, tail, context.clock());
    this.finance = new FinanceRoutes(context, settings.kafka(), costs, balances, closings, tail);
    this.ledger = new LedgerRoutes(context, settings.kafka());
    this.fraud = new FraudRoutes(context, settings.kafka(), abuse, tail);
  }

  @Override
  public String name() {
    return "console";
  }

  @Override
  public void addTo(Routes all) {
    Routes routes =
        (method, path, scope, body, handler) ->
            all.add(
                method,
                path,
                scope,
                body,
                call -> {
                  tail.start();
                  handler.handle(call);
                });
    new SessionRoutes(context.sessions(), new SessionCookie(context.config().tls() != null))
        .addTo(routes);
    routes.add(
        HandlerType.GET,
        "/console/api/live",
        AccessScope.VIEWER,
        Body.none(),
        call -> Answers.send(call, figures()));
    routes.add(
        HandlerType.GET,
        "/console/api/live/events",
        AccessScope.VIEWER,
        Body.none(),
        call -> streams.serve(call, figures().toString()));
    compliance.addTo(routes);
    policy.addTo(routes);
    audit.addTo(routes);
    finance.addTo(routes);
    ledger.addTo(routes);
    fraud.addTo(routes);
  }

  private LocalDate today() {
    return LocalDate.ofInstant(context.clock().instant(), ZoneOffset.UTC);
  }

  private ObjectNode figures() {
    ObjectNode figures = live.write(context.clock().instant());
    figures
        .putObject("in_flight")
        .put("batch", gauge("dualtrack.gateway.batch.lines.inflight"))
        .put("interactive", gauge("dualtrack.gateway.waiting"));
    figures.set("lag", lag.write());
    figures.put("complete", tail.isComplete());
    figures.put("failed", tail.hasFailed());
    return figures;
  }

  private long gauge(String name) {
    Gauge gauge = context.meters().find(name).gauge();
    return gauge == null ? 0 : Math.round(gauge.value());
  }

  @Override
  public void start() {
    if (!settings.onDemand()) {
      tail.start();
    }
    ticker.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
  }

  private void tick() {
    if (streams.isWatched()) {
      streams.publish(figures().toString());
    }
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void drain() {
    streams.close();
  }

  @Override
  public void close() {
    ticker.shutdownNow();
    lag.close();
    tail.close();
  }
}
