package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.TokenClass;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** An explanation, for people and as JSON. It never holds a prompt, an answer or a key. */
final class ExplanationReport {

  private ExplanationReport() {}

  static void print(Explanation explanation, PrintWriter out) {
    RoutingDecision first = explanation.decisions().get(0);
    out.println(
        "request %s of %s/%s, model %s"
            .formatted(
                explanation.requestId(), first.getTenant(), first.getAccount(), first.getModel()));
    out.println("jurisdictions " + String.join(", ", first.getJurisdictions()));
    for (Attribute attribute : first.getAttributes()) {
      out.println(
          "  %s = %s (%s)"
              .formatted(
                  attribute.getName(),
                  String.join(", ", attribute.getValues()),
                  lower(attribute.getSource())));
    }
    explanation.decisions().forEach(decision -> print(decision, out));
    explanation.orders().forEach(order -> print(order, out));
    explanation.completions().forEach(completion -> print(completion, out));
    explanation.results().forEach(result -> print(result, out));
    if (explanation.results().isEmpty()) {
      out.println("no result yet");
    }
    explanation.costs().forEach(row -> print(row, out));
    if (explanation.costs().isEmpty()) {
      out.println("no cost yet");
    }
    if (!explanation.unfinished().isEmpty()) {
      out.println("not searched to the end: " + String.join(", ", explanation.unfinished()));
    }
    out.flush();
  }

  private static void print(RoutingDecision decision, PrintWriter out) {
    out.println(
        "decision %d%s%s at %s, policy %s version %s, suspension epoch %d"
            .formatted(
                decision.getAttempt(),
                decision.getShadow() ? " on a copy" : "",
                decision.getDrills().isEmpty()
                    ? ""
                    : " in drill " + String.join(", ", decision.getDrills()),
                decision.getDecidedAt(),
                decision.getPolicy().isEmpty() ? "none" : decision.getPolicy(),
                decision.getPolicyVersion().isEmpty() ? "none" : decision.getPolicyVersion(),
                decision.getSuspensionEpoch()));
    if (decision.getMove() != null) {
      out.println(
          "  move %s: %d percent go to its target first, this one %s"
              .formatted(
                  decision.getMove().getMove(),
                  decision.getMove().getPercent(),
                  decision.getMove().getMoved() ? "too" : "does not"));
    }
    for (Candidate candidate : decision.getCandidates()) {
      out.println(
          "  %s %s (%s)"
              .formatted(
                  candidate.getPermitted() ? "permitted" : "rejected ",
                  candidate.getOffering(),
                  candidate.getLane()));
      candidate.getReasons().forEach(reason -> print("      ", reason, out));
      candidate.getLifted().forEach(reason -> print("      lifted ", reason, out));
      candidate.getPermits().forEach(reason -> print("      ", reason, out));
      candidate
          .getObligations()
          .forEach(
              duty ->
                  out.println(
                      "      obliges %s%s [%s]"
                          .formatted(
                              duty.getKind(),
                              duty.getSeconds() == null ? "" : " %d s".formatted(duty.getSeconds()),
                              duty.getRule())));
    }
    if (decision.getPermitted().isEmpty()) {
      out.println("  refused");
      // Reasons against offerings stand with them already.
      if (decision.getCandidates().isEmpty()) {
        decision.getRefusal().forEach(reason -> print("      ", reason, out));
      }
    }
  }

  private static void print(String indent, Reason reason, PrintWriter out) {
    out.println(
        "%s%s: %s [%s]".formatted(indent, reason.getCode(), reason.getText(), reason.getRule()));
  }

  private static void print(DispatchOrder order, PrintWriter out) {
    out.println(
        "order %s, attempt %d: %s (%s) at %s"
            .formatted(
                order.getOrderId(),
                order.getAttempt(),
                order.getOffering(),
                order.getLane(),
                order.getCreatedAt()));
  }

  private static void print(Completion completion, PrintWriter out) {
    out.println(
        "completion of %s: %s%s, HTTP %d, calls %d%s, at %s"
            .formatted(
                completion.getOrderId(),
                completion.getStatus(),
                completion.getErrorCode() == null ? "" : " " + completion.getErrorCode(),
                completion.getStatusCode(),
                completion.getCalls(),
                completion.getRepeated() ? ", perhaps repeated" : "",
                completion.getFinishedAt()));
  }

  private static void print(InferenceResult result, PrintWriter out) {
    out.println(
        "result %s from %s%s%s at %s"
            .formatted(
                result.getOutcome(),
                lower(result.getSource()),
                result.getOffering() == null ? "" : ", " + result.getOffering(),
                result.getErrorCode() == null ? "" : ", " + result.getErrorCode(),
                result.getFinishedAt()));
  }

  private static void print(LedgerEntry row, PrintWriter out) {
    if (row.getProblem() == PriceProblem.NO_USAGE) {
      out.println("cost unknown: the provider did not say what it used");
      return;
    }
    if (row.getTokenClass() == TokenClass.NONE) {
      out.println("cost $0: no tokens were used");
      return;
    }
    out.println(
        "cost %s: %,d tokens, %s%s, price %s"
            .formatted(
                row.getTokenClass(),
                row.getTokens(),
                row.getCost() == null ? "unpriced" : "$" + SummaryReport.plain(row.getCost()),
                row.getSaved() == null || row.getSaved().signum() == 0
                    ? ""
                    : " (saved $%s)".formatted(SummaryReport.plain(row.getSaved())),
                row.getPrice() == null ? "none" : row.getPrice()));
  }

  static ObjectNode json(Explanation explanation) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    RoutingDecision first = explanation.decisions().get(0);
    json.put("request", explanation.requestId());
    json.put("tenant", first.getTenant());
    json.put("account", first.getAccount());
    json.put("model", first.getModel());
    texts(json.putArray("jurisdictions"), first.getJurisdictions());
    ArrayNode attributes = json.putArray("attributes");
    for (Attribute attribute : first.getAttributes()) {
      ObjectNode node = attributes.addObject();
      node.put("name", attribute.getName());
      texts(node.putArray("values"), attribute.getValues());
      node.put("source", attribute.getSource().name());
    }
    ArrayNode decisions = json.putArray("decisions");
    explanation.decisions().forEach(decision -> put(decisions.addObject(), decision));
    ArrayNode orders = json.putArray("orders");
    explanation.orders().forEach(order -> put(orders.addObject(), order));
    ArrayNode completions = json.putArray("completions");
    explanation.completions().forEach(each -> put(completions.addObject(), each));
    ArrayNode results = json.putArray("results");
    explanation.results().forEach(result -> put(results.addObject(), result));
    ArrayNode costs = json.putArray("costs");
    explanation.costs().forEach(row -> put(costs.addObject(), row));
    texts(json.putArray("not_searched_to_the_end"), explanation.unfinished());
    return json;
  }

  private static void put(ObjectNode json, RoutingDecision decision) {
    json.put("attempt", decision.getAttempt());
    json.put("shadow", decision.getShadow());
    texts(json.putArray("drills"), decision.getDrills());
    json.put("decided_at", decision.getDecidedAt().toString());
    json.put("policy", decision.getPolicy());
    json.put("policy_version", decision.getPolicyVersion());
    json.put("suspension_epoch", decision.getSuspensionEpoch());
    json.put("input_hash", decision.getInputHash());
    if (decision.getMove() != null) {
      ObjectNode move = json.putObject("move");
      move.put("id", decision.getMove().getMove());
      move.put("percent", decision.getMove().getPercent());
      move.put("moved", decision.getMove().getMoved());
    }
    ArrayNode candidates = json.putArray("candidates");
    for (Candidate candidate : decision.getCandidates()) {
      ObjectNode node = candidates.addObject();
      node.put("offering", candidate.getOffering());
      node.put("lane", candidate.getLane().name());
      node.put("permitted", candidate.getPermitted());
      reasons(node.putArray("reasons"), candidate.getReasons());
      reasons(node.putArray("lifted"), candidate.getLifted());
      reasons(node.putArray("permits"), candidate.getPermits());
      ArrayNode obligations = node.putArray("obligations");
      for (Obligation duty : candidate.getObligations()) {
        ObjectNode each = obligations.addObject();
        each.put("kind", duty.getKind().name());
        each.put("seconds", duty.getSeconds());
        each.put("rule", duty.getRule());
      }
    }
    texts(json.putArray("permitted"), decision.getPermitted());
    reasons(json.putArray("refusal"), decision.getRefusal());
  }

  private static void put(ObjectNode json, DispatchOrder order) {
    json.put("order", order.getOrderId());
    json.put("attempt", order.getAttempt());
    json.put("offering", order.getOffering());
    json.put("lane", order.getLane().name());
    json.put("created_at", order.getCreatedAt().toString());
  }

  private static void put(ObjectNode json, Completion completion) {
    json.put("order", completion.getOrderId());
    json.put("offering", completion.getOffering());
    json.put("status", completion.getStatus().name());
    json.put("status_code", completion.getStatusCode());
    json.put("error_code", completion.getErrorCode());
    json.put("calls", completion.getCalls());
    json.put("repeated", completion.getRepeated());
    json.put("started_at", completion.getStartedAt().toString());
    json.put("finished_at", completion.getFinishedAt().toString());
  }

  private static void put(ObjectNode json, InferenceResult result) {
    json.put("outcome", result.getOutcome().name());
    json.put("source", result.getSource().name());
    json.put("status_code", result.getStatusCode());
    json.put("error_code", result.getErrorCode());
    json.put("offering", result.getOffering());
    json.put("finished_at", result.getFinishedAt().toString());
  }

  private static void put(ObjectNode json, LedgerEntry row) {
    json.put("token_class", row.getTokenClass().name());
    json.put("tokens", row.getTokens());
    json.put("price_status", row.getPriceStatus().name());
    json.put("price", row.getPrice());
    json.put("currency", row.getCurrency());
    json.put("cost", row.getCost() == null ? null : SummaryReport.plain(row.getCost()));
    json.put("saved", row.getSaved() == null ? null : SummaryReport.plain(row.getSaved()));
  }

  private static void reasons(ArrayNode json, List<Reason> reasons) {
    for (Reason reason : reasons) {
      ObjectNode node = json.addObject();
      node.put("code", reason.getCode());
      node.put("text", reason.getText());
      node.put("rule", reason.getRule());
    }
  }

  private static void texts(ArrayNode json, List<String> texts) {
    texts.forEach(json::add);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
