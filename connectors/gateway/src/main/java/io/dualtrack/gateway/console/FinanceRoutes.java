package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.plain;
import static io.dualtrack.gateway.console.Answers.send;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.console.CostFigures.Dimension;
import io.dualtrack.gateway.console.CostFigures.Line;
import io.dualtrack.gateway.console.CostFigures.Sum;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.operations.finance.BudgetTable;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.focus.CsvField;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.MonthClose;
import io.javalin.http.HandlerType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Costs, budgets and the close of months. */
final class FinanceRoutes {

  private static final int USUAL_DAYS = 30;
  private static final int MOST_LINES = 50_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<String> SUMS =
      List.of(
          "exchanges",
          "tokens",
          "unpriced_tokens",
          "cost_usd",
          "saved_by_cache_usd",
          "saved_by_joining_usd",
          "saved_by_batch_usd",
          "saved_by_local_usd");

  private final GatewayContext context;
  private final CostFigures costs;
  private final CostTopics topics;
  private final TopicTail tail;
  private final LatestRecords<BudgetBalance> balances;
  private final LatestRecords<ClosedMonth> closed;

  FinanceRoutes(
      GatewayContext context,
      KafkaAccess kafka,
      CostFigures costs,
      LatestRecords<BudgetBalance> balances,
      LatestRecords<ClosedMonth> closed,
      TopicTail tail) {
    this.context = context;
    this.costs = costs;
    this.topics = new CostTopics(kafka, context.registry());
    this.balances = balances;
    this.closed = closed;
    this.tail = tail;
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.GET, "/console/api/costs", AccessScope.VIEWER, Body.none(), this::figures);
    routes.add(
        HandlerType.GET, "/console/api/costs.csv", AccessScope.VIEWER, Body.none(), this::csv);
    routes.add(
        HandlerType.GET, "/console/api/budgets", AccessScope.VIEWER, Body.none(), this::budgets);
    routes.add(
        HandlerType.GET, "/console/api/months", AccessScope.VIEWER, Body.none(), this::months);
    routes.add(
        HandlerType.POST,
        "/console/api/months/{month}/close",
        AccessScope.FINANCE,
        Body.none(),
        this::close);
  }

  private record Asked(List<Dimension> by, List<Line> lines) {}

  private Asked ask(Call call) {
    Answers.require(call, AccessScope.FINANCE, AccessScope.OPERATOR);
    LocalDate today = today();
    LocalDate last = day(call, "to", today);
    LocalDate first = day(call, "from", last.minusDays(USUAL_DAYS - 1));
    String by = Optional.ofNullable(call.http().queryParam("by")).orElse("day");
    List<Dimension> dimensions = new ArrayList<>();
    for (String name : by.split(",", -1)) {
      dimensions.add(
          Dimension.of(name)
              .orElseThrow(
                  () ->
                      Answers.wrong(
                          "by",
                          "some of "
                              + String.join(
                                  ", ",
                                  Arrays.stream(Dimension.values()).map(Dimension::title).toList()),
                          null)));
    }
    List<Line> lines = costs.sums(first, last, dimensions);
    if (lines.size() > MOST_LINES) {
      throw Answers.wrong(
          "by", "such that at most %,d lines come of it".formatted(MOST_LINES), null);
    }
    return new Asked(dimensions, lines);
  }

  private LocalDate today() {
    return LocalDate.ofInstant(context.clock().instant(), ZoneOffset.UTC);
  }

  private static LocalDate day(Call call, String parameter, LocalDate usual) {
    String text = call.http().queryParam(parameter);
    if (text == null || text.isBlank()) {
      return usual;
    }
    try {
      return LocalDate.parse(text);
    } catch (DateTimeException e) {
      throw Answers.wrong(parameter, "a day, 2026-06-30", e);
    }
  }

  private void figures(Call call) {
    Asked asked = ask(call);
    ObjectNode body = JSON.createObjectNode();
    body.set("by", Answers.texts(asked.by().stream().map(Dimension::title).toList()));
    body.set(
        "lines",
        all(
            asked.lines(),
            line -> {
              ObjectNode node = JSON.createObjectNode();
              for (int i = 0; i < asked.by().size(); i++) {
                node.put(asked.by().get(i).title(), line.values().get(i));
              }
              List<String> sums = sums(line.sum());
              for (int i = 0; i < SUMS.size(); i++) {
                node.put(SUMS.get(i), sums.get(i));
              }
              return node;
            }));
    body.put("truncated", costs.isTruncated());
    body.put("complete", tail.isComplete());
    send(call, body);
  }

  /** Whole digits: amounts are decimals, and no number of JavaScript. */
  private static List<String> sums(Sum sum) {
    return List.of(
        Long.toString(sum.exchanges()),
        Long.toString(sum.tokens()),
        Long.toString(sum.unpriced()),
        plain(sum.cost()),
        plain(sum.byCache()),
        plain(sum.byJoining()),
        plain(sum.byBatch()),
        plain(sum.byLocal()));
  }

  private void csv(Call call) {
    Asked asked = ask(call);
    StringBuilder csv = new StringBuilder();
    row(csv, Stream.concat(asked.by().stream().map(Dimension::title), SUMS.stream()).toList());
    for (Line line : asked.lines()) {
      row(
          csv,
          Stream.concat(
                  line.values().stream().map(FinanceRoutes::harmless), sums(line.sum()).stream())
              .toList());
    }
    call.http()
        .header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Disposition", "attachment; filename=\"costs.csv\"")
        .contentType("text/csv; charset=utf-8")
        .result(csv.toString());
  }

  /** A name that a spreadsheet would take for a formula stays a name. */
  static String harmless(String text) {
    return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
  }

  private static void row(StringBuilder csv, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      csv.append(i == 0 ? "" : ",").append(CsvField.quoted(values.get(i)));
    }
    csv.append("\r\n");
  }

  /** How budgets stand, and where a month ends that goes on as it began. */
  private void budgets(Call call) {
    Answers.require(call, AccessScope.FINANCE, AccessScope.OPERATOR);
    Instant now = context.clock().instant();
    YearMonth month = YearMonth.from(now.atOffset(ZoneOffset.UTC));
    Instant begin = month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    BigDecimal gone = BigDecimal.valueOf(Math.max(1, Duration.between(begin, now).toSeconds()));
    BigDecimal whole = BigDecimal.valueOf(Duration.ofDays(month.lengthOfMonth()).toSeconds());
    ObjectNode body = JSON.createObjectNode();
    body.put("month", month.toString());
    body.set(
        "budgets",
        all(
            BudgetTable.of(
                month,
                context.control().snapshot().tenants().values(),
                balances.values(),
                costs.months()),
            line ->
                JSON.createObjectNode()
                    .put("tenant", line.tenant())
                    .put("cost_centre", line.budget().getCostCentre())
                    .put("amount_usd", plain(line.budget().getAmount()))
                    .put("committed_usd", plain(line.committed()))
                    .put("reserved_usd", plain(line.reserved()))
                    .put("left_usd", plain(line.left()))
                    .put(
                        "forecast_usd",
                        plain(
                            line.committed().multiply(whole).divide(gone, 2, RoundingMode.HALF_UP)))
                    .put("hard", line.budget().getHard())));
    send(call, body);
  }

  private void months(Call call) {
    Answers.require(call, AccessScope.FINANCE, AccessScope.OPERATOR);
    ObjectNode body = JSON.createObjectNode();
    body.set(
        "months",
        all(
            costs.known(),
            month -> {
              ClosedMonth end = closed.get(month.toString()).orElse(null);
              return JSON.createObjectNode()
                  .put("month", month.toString())
                  .put("over", CostTopics.isOver(month, context.clock().instant()))
                  .put("closed_at", end == null ? null : (Long) end.getClosedAt().toEpochMilli())
                  .put("actor", end == null ? null : end.getActor());
            }));
    send(call, body);
  }

  private void close(Call call) throws InterruptedException {
    YearMonth month;
    try {
      month = YearMonth.parse(call.http().pathParam("month"));
    } catch (DateTimeException e) {
      throw Answers.wrong("month", "a month, 2026-06", e);
    }
    Instant now = context.clock().instant();
    if (!CostTopics.isOver(month, now)) {
      throw ApiError.conflict("month_not_over", "%s is not over yet.".formatted(month))
          .toException();
    }
    Optional<ClosedMonth> already = topics.closed(month);
    if (already.isEmpty()) {
      already =
          topics.close(
              new MonthClose(
                  month.toString(),
                  now.truncatedTo(ChronoUnit.MILLIS),
                  call.caller().tenantId() + "/" + call.caller().accountId()),
              PATIENCE);
    }
    ObjectNode body = JSON.createObjectNode();
    body.put("month", month.toString());
    body.put("outcome", already.isPresent() ? "closed" : "asked");
    already.ifPresent(
        end ->
            body.put("closed_at", end.getClosedAt().toEpochMilli()).put("actor", end.getActor()));
    send(call, body);
  }
}
