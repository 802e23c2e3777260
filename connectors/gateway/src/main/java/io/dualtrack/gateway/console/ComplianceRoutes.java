package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.send;
import static io.dualtrack.gateway.console.Answers.texts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.operations.control.KillSwitch.Outcome;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.Reopening;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Offerings, the kill switch and decisions. */
final class ComplianceRoutes {

  private static final int USUAL_PAGE = 100;
  private static final int MOST_ROWS = 500;
  private static final int MOST_REASON = 2_000;
  private static final long BODY_BYTES = 64L * 1024;
  private static final int LOOKUPS = 2;
  private static final Duration LOOKUP = Duration.ofSeconds(20);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final GatewayContext context;
  private final KafkaAccess kafka;
  private final DecisionIndex decisions;
  private final TopicTail tail;
  private final ControlTopics control;
  private final Semaphore lookups = new Semaphore(LOOKUPS);

  ComplianceRoutes(
      GatewayContext context, KafkaAccess kafka, DecisionIndex decisions, TopicTail tail) {
    this.context = context;
    this.kafka = kafka;
    this.decisions = decisions;
    this.tail = tail;
    this.control = new ControlTopics(kafka, context.registry(), Clock.systemUTC());
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.GET,
        "/console/api/offerings",
        AccessScope.VIEWER,
        Body.none(),
        this::offerings);
    routes.add(
        HandlerType.GET,
        "/console/api/suspensions",
        AccessScope.VIEWER,
        Body.none(),
        this::suspensions);
    routes.add(
        HandlerType.POST,
        "/console/api/suspensions",
        AccessScope.COMPLIANCE,
        Body.streamed(BODY_BYTES),
        this::command);
    routes.add(
        HandlerType.GET, "/console/api/decisions", AccessScope.VIEWER, Body.none(), this::search);
    routes.add(
        HandlerType.GET,
        "/console/api/decisions/{id}",
        AccessScope.VIEWER,
        Body.none(),
        this::explain);
  }

  private void offerings(Call call) {
    ControlSnapshot snapshot = context.control().snapshot();
    ObjectNode body = JSON.createObjectNode();
    body.set(
        "offerings",
        all(
            snapshot.offerings().values().stream()
                .sorted(Comparator.comparing(Offering::getModel).thenComparing(Offering::getId))
                .toList(),
            offering -> write(offering, snapshot)));
    send(call, body);
  }

  private static ObjectNode write(Offering offering, ControlSnapshot snapshot) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", offering.getId());
    node.put("model", offering.getModel());
    node.put("provider", offering.getProvider());
    node.put("lane", offering.getLane().name());
    node.set("regions", texts(offering.getProcessingRegions()));
    node.put("export_state", offering.getExportState().name());
    node.put("by_contract", offering.getByContract());
    node.set(
        "restricted_by",
        all(
            snapshot.suspensions().values().stream()
                .filter(each -> concerns(each, offering))
                .filter(each -> KillSwitch.state(each) != ExportState.OPEN)
                .toList(),
            each ->
                JSON.createObjectNode()
                    .put("scope", each.getScope().name())
                    .put("id", each.getId())
                    .put("state", KillSwitch.state(each).name())));
    return node;
  }

  private static boolean concerns(Suspension suspension, Offering offering) {
    return switch (suspension.getScope()) {
      case OFFERING -> suspension.getId().equals(offering.getId());
      case MODEL -> suspension.getId().equals(offering.getModel());
      case PROVIDER -> suspension.getId().equals(offering.getProvider());
      case TENANT, DRILL -> false;
    };
  }

  private void suspensions(Call call) {
    ObjectNode body = JSON.createObjectNode();
    body.set(
        "suspensions",
        all(
            context.control().snapshot().suspensions().values().stream()
                .filter(each -> each.getScope() != SuspensionScope.DRILL)
                .sorted(Comparator.comparing(Suspension::getAt).reversed())
                .toList(),
            ComplianceRoutes::write));
    Instant now = Instant.now();
    body.set(
        "drills",
        all(
            context.control().snapshot().suspensions().values().stream()
                .filter(each -> LiveDrill.of(each).filter(it -> it.runsAt(now)).isPresent())
                .toList(),
            ComplianceRoutes::drill));
    body.set(
        "tenants",
        texts(context.control().snapshot().tenants().keySet().stream().sorted().toList()));
    send(call, body);
  }

  private static ObjectNode drill(Suspension record) {
    LiveDrill drill = LiveDrill.of(record).orElseThrow();
    return JSON.createObjectNode()
        .put("id", drill.id())
        .put("scope", drill.scope().name())
        .put("subject", drill.subject())
        .put("percent", drill.percent().stripTrailingZeros())
        .put("reason", drill.reason())
        .put("actor", record.getActor())
        .put("at", record.getAt().toEpochMilli())
        .put("until", drill.until().toEpochMilli());
  }

  private static ObjectNode write(Suspension suspension) {
    ObjectNode node = JSON.createObjectNode();
    node.put("scope", suspension.getScope().name());
    node.put("id", suspension.getId());
    node.put("state", KillSwitch.state(suspension).name());
    node.set("partners", texts(suspension.getPartners()));
    node.put("reason", suspension.getReason());
    node.put("actor", suspension.getActor());
    node.put("approver", suspension.getApprover());
    node.put("at", suspension.getAt().toEpochMilli());
    node.put("epoch", suspension.getEpoch());
    Reopening asked = suspension.getReopening();
    if (asked != null) {
      node.putObject("reopening")
          .put("state", asked.getState().name())
          .put("reason", asked.getReason())
          .put("actor", asked.getActor())
          .put("at", asked.getAt().toEpochMilli())
          .set("partners", texts(asked.getPartners()));
    }
    return node;
  }

  /** By the rule that the command line follows, in the name of whose key it is. */
  private void command(Call call) throws IOException {
    ObjectNode body = JsonBody.read(call.bodyBytes());
    KillSwitch.Command command =
        new KillSwitch.Command(
            choice(body, "scope", SuspensionScope.class),
            text(body, "id"),
            choice(body, "state", ExportState.class),
            partners(body),
            text(body, "reason"),
            call.caller().tenantId() + "/" + call.caller().accountId());
    Outcome outcome;
    try {
      outcome = control.command(command);
    } catch (UnknownSubjectException e) {
      throw ApiError.invalid("unknown_subject", "id", e.getMessage()).toException();
    } catch (ProducerFencedException e) {
      throw ApiError.conflict(
              "another_command", "Another command came in between; look again, and try again.")
          .toException();
    }
    ObjectNode answer = JSON.createObjectNode();
    if (outcome instanceof Outcome.Applied applied) {
      answer.put("outcome", "applied").set("suspension", write(applied.suspension()));
    } else if (outcome instanceof Outcome.Asked asked) {
      answer.put("outcome", "asked").set("suspension", write(asked.suspension()));
    } else {
      throw ApiError.conflict("denied", ((Outcome.Denied) outcome).why()).toException();
    }
    send(call, answer);
  }

  private static List<String> partners(ObjectNode body) {
    List<String> partners = new ArrayList<>();
    body.path("partners").forEach(each -> partners.add(each.asText()));
    return partners;
  }

  static String text(ObjectNode body, String field) {
    String text = body.path(field).asText("").strip();
    if (text.isEmpty() || text.length() > MOST_REASON) {
      throw Answers.wrong(field, "a text of 1 to " + MOST_REASON + " characters", null);
    }
    return text;
  }

  static <E extends Enum<E>> E choice(ObjectNode body, String field, Class<E> type) {
    String text = body.path(field).asText("").toUpperCase(Locale.ROOT);
    return Arrays.stream(type.getEnumConstants())
        .filter(each -> each.name().equals(text))
        .findFirst()
        .orElseThrow(
            () -> Answers.wrong(field, "one of " + Arrays.toString(type.getEnumConstants()), null));
  }

  private void search(Call call) {
    Answers.require(call, AccessScope.COMPLIANCE, AccessScope.OPERATOR);
    var http = call.http();
    DecisionIndex.Page page =
        decisions.find(
            new DecisionIndex.Query(
                http.queryParam("q"),
                http.queryParam("tenant"),
                http.queryParam("model"),
                http.queryParam("lane"),
                http.queryParam("offering"),
                http.queryParam("jurisdiction"),
                http.queryParam("outcome"),
                http.queryParam("code")),
            before(http.queryParam("before")),
            Answers.limit(call, USUAL_PAGE, MOST_ROWS));
    ObjectNode body = JSON.createObjectNode();
    body.set("decisions", all(page.rows(), ComplianceRoutes::write));
    body.put("matching", page.matching());
    body.put("held", decisions.size());
    body.put("has_more", page.more());
    body.put("complete", tail.isComplete());
    send(call, body);
  }

  private static long before(String text) {
    if (text == null) {
      return Long.MAX_VALUE;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Answers.wrong("before", "the number of a decision", e);
    }
  }

  private static ObjectNode write(DecisionIndex.Row row) {
    return JSON.createObjectNode()
        .put("number", row.number())
        .put("request_id", row.requestId())
        .put("tenant", row.tenant())
        .put("at", row.decidedAt())
        .put("attempt", row.attempt())
        .put("model", row.model())
        .put("jurisdictions", row.jurisdictions())
        .put("lane", row.lane())
        .put("offering", row.offering())
        .put("codes", row.codes())
        .put("copy", row.shadow());
  }

  /** All decisions on a request, as the audit trail has them. */
  private void explain(Call call) {
    Answers.require(call, AccessScope.COMPLIANCE, AccessScope.OPERATOR);
    String requestId = call.http().pathParam("id");
    if (!lookups.tryAcquire()) {
      throw ApiError.unavailable("Others are being looked up.", RETRY_AFTER).toException();
    }
    List<RoutingDecision> found;
    try {
      found = read(requestId);
    } finally {
      lookups.release();
    }
    if (found.isEmpty()) {
      throw new ApiException(
          new ApiError(
              404,
              "invalid_request_error",
              "not_found",
              null,
              "The audit trail has no decision on this request.",
              null));
    }
    ObjectNode body = JSON.createObjectNode();
    body.put("request_id", requestId);
    body.set("decisions", all(found, ComplianceRoutes::write));
    send(call, body);
  }

  private List<RoutingDecision> read(String requestId) {
    DecisionIndex.Row first = decisions.first(requestId);
    List<RoutingDecision> found = new ArrayList<>();
    try (TopicScan<RoutingDecision> scan =
        new TopicScan<>(kafka, context.registry(), Topics.AUDIT)) {
      if (first == null) {
        scan.fromBeginning().onlyPartitionOf(requestId);
      } else {
        scan.from(
            Map.of(new TopicPartition(Topics.AUDIT.name(), first.partition()), first.offset()));
      }
      boolean whole = scan.toEnd(LOOKUP, requestId::equals, (key, decision) -> found.add(decision));
      if (!whole && found.isEmpty()) {
        throw ApiError.timeout("The audit trail is long; `dualtrack explain` reads all of it.")
            .toException();
      }
    }
    found.sort(Comparator.comparingInt(RoutingDecision::getAttempt));
    return found;
  }

  private static ObjectNode write(RoutingDecision decision) {
    ObjectNode node = JSON.createObjectNode();
    node.put("tenant", decision.getTenant());
    node.put("attempt", decision.getAttempt());
    node.put("at", decision.getDecidedAt().toEpochMilli());
    node.put("model", decision.getModel());
    node.set("jurisdictions", texts(decision.getJurisdictions()));
    node.put("policy", decision.getPolicy());
    node.put("policy_version", decision.getPolicyVersion());
    node.put("suspension_epoch", decision.getSuspensionEpoch());
    node.put("copy", decision.getShadow());
    node.set("drills", texts(decision.getDrills()));
    node.set("permitted", texts(decision.getPermitted()));
    node.set("refusal", all(decision.getRefusal(), ComplianceRoutes::write));
    node.set(
        "attributes",
        all(
            decision.getAttributes().stream()
                // Evidence on persons stands here encrypted.
                .filter(each -> !each.getName().endsWith("_evidence"))
                .toList(),
            each -> {
              ObjectNode attribute = JSON.createObjectNode();
              attribute.put("name", each.getName());
              attribute.set("values", texts(each.getValues()));
              attribute.put("source", each.getSource().name());
              return attribute;
            }));
    node.set("candidates", all(decision.getCandidates(), ComplianceRoutes::write));
    return node;
  }

  private static ObjectNode write(Candidate candidate) {
    ObjectNode node = JSON.createObjectNode();
    node.put("offering", candidate.getOffering());
    node.put("lane", candidate.getLane().name());
    node.put("permitted", candidate.getPermitted());
    node.set("reasons", all(candidate.getReasons(), ComplianceRoutes::write));
    node.set("lifted", all(candidate.getLifted(), ComplianceRoutes::write));
    node.set("permits", all(candidate.getPermits(), ComplianceRoutes::write));
    return node;
  }

  private static ObjectNode write(Reason reason) {
    return JSON.createObjectNode()
        .put("rule", reason.getRule())
        .put("code", reason.getCode())
        .put("text", reason.getText());
  }
}
