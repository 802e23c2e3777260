package io.dualtrack.local.review;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * What was routed where, refused and suspended in one month, UTC, from the audit trail alone. A
 * request counts once, by the last decision on it.
 */
public final class MonthlyReport {

  private static final Duration PATIENCE = Duration.ofMinutes(30);

  /**
   * One line of the routing table.
   *
   * @param lane API, LOCAL, or empty for a refusal
   * @param offering the one that the request was sent to; empty for a refusal
   * @param codes why it was refused, joined by "+"; empty where it was not
   */
  public record Row(
      String tenant,
      String model,
      String jurisdictions,
      String lane,
      String offering,
      String codes) {}

  private static final Comparator<Row> ORDER =
      Comparator.comparing(Row::tenant)
          .thenComparing(Row::model)
          .thenComparing(Row::jurisdictions)
          .thenComparing(Row::lane)
          .thenComparing(Row::offering)
          .thenComparing(Row::codes);

  private final YearMonth month;
  private final Map<Row, Long> requests = new TreeMap<>(ORDER);
  private final List<Suspension> carried;
  private final List<Suspension> commands;
  private final List<PolicyBundle> policies;
  private long decisions;

  MonthlyReport(YearMonth month, ControlHistory history) {
    this.month = month;
    Instant from = start(month);
    Instant to = start(month.plusMonths(1));
    this.carried = history.inForce(from).stream().filter(Suspension::getSuspended).toList();
    this.commands = history.commands(from, to);
    this.policies = history.policies(from, to);
  }

  /**
   * Reads the audit trail twice: which decision on a request is the last is only known at the end.
   *
   * @throws TimeoutException if one reading takes longer than half an hour
   */
  public static MonthlyReport of(
      YearMonth month, KafkaAccess kafka, SchemaRegistry registry, ControlHistory history) {
    Map<String, Integer> decidedAgain = new HashMap<>();
    read(
        month,
        kafka,
        registry,
        (key, decision) -> {
          if (decision.getAttempt() > 1) {
            decidedAgain.merge(key, 1, Integer::sum);
          }
        });
    MonthlyReport report = new MonthlyReport(month, history);
    read(
        month,
        kafka,
        registry,
        (key, decision) -> {
          Integer left = decidedAgain.get(key);
          report.decisions++;
          if (left == null || left == 0) {
            report.count(decision);
          } else if (decision.getAttempt() > 1) {
            decidedAgain.put(key, left - 1);
            if (left == 1) {
              report.count(decision);
            }
          }
        });
    return report;
  }

  private static void read(
      YearMonth month,
      KafkaAccess kafka,
      SchemaRegistry registry,
      BiConsumer<String, RoutingDecision> action) {
    Instant from = start(month);
    Instant to = start(month.plusMonths(1));
    try (TopicScan<RoutingDecision> scan = new TopicScan<>(kafka, registry, Topics.AUDIT)) {
      boolean whole =
          scan.fromTime(from)
              .toEnd(
                  PATIENCE,
                  key -> true,
                  (key, decision) -> {
                    if (!decision.getShadow()
                        && !decision.getDecidedAt().isBefore(from)
                        && decision.getDecidedAt().isBefore(to)) {
                      action.accept(key, decision);
                    }
                  });
      if (!whole) {
        throw new TimeoutException(
            "topic %s could not be read within %d minutes"
                .formatted(Topics.AUDIT.name(), PATIENCE.toMinutes()));
      }
    }
  }

  private static Instant start(YearMonth month) {
    return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  void count(RoutingDecision decision) {
    boolean refused = decision.getPermitted().isEmpty();
    String offering = refused ? "" : decision.getPermitted().get(0);
    Row row =
        new Row(
            decision.getTenant(),
            decision.getModel(),
            String.join("+", decision.getJurisdictions()),
            refused ? "" : lane(decision, offering),
            offering,
            refused
                ? decision.getRefusal().stream()
                    .map(Reason::getCode)
                    .distinct()
                    .sorted()
                    .collect(Collectors.joining("+"))
                : "");
    requests.merge(row, 1L, Long::sum);
  }

  private static String lane(RoutingDecision decision, String offering) {
    return decision.getCandidates().stream()
        .filter(candidate -> candidate.getOffering().equals(offering))
        .map(Candidate::getLane)
        .map(Enum::name)
        .findFirst()
        .orElse("");
  }

  YearMonth month() {
    return month;
  }

  /** Decisions of the month, those on requests that were decided again among them. */
  long decisions() {
    return decisions;
  }

  /** Requests of each kind. */
  Map<Row, Long> requests() {
    return requests;
  }

  /** Restrictions that were in force when the month began. */
  List<Suspension> carried() {
    return carried;
  }

  /** Commands of the month. */
  List<Suspension> commands() {
    return commands;
  }

  /** Policies published in the month. */
  List<PolicyBundle> policies() {
    return policies;
  }
}
