package io.dualtrack.local.readiness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.ShadowFigure;
import io.dualtrack.schemas.statistics.Interval;
import java.util.Locale;
import java.util.Map;

/** The report for programs, with every digit. */
final class ReadinessJson {

  private ReadinessJson() {}

  static ObjectNode of(Readiness readiness) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("from", readiness.from().getId());
    json.put("to", readiness.to().getId());
    json.put("since", readiness.since().toString());
    json.put("at", readiness.now().toString());
    readiness.obstacles().forEach(json.putArray("obstacles")::add);
    ObjectNode lawful = json.putObject("lawful");
    lawful.put("requests", readiness.movable().requests());
    lawful.put("movable", readiness.movable().movable());
    ObjectNode tenants = lawful.putObject("tenants");
    readiness
        .movable()
        .tenants()
        .forEach(
            (tenant, of) -> {
              ObjectNode node = tenants.putObject(tenant);
              node.put("requests", of.requests());
              node.put("movable", of.movable());
              counts(of.reasons(), node.putObject("reasons"));
            });
    ObjectNode quality = json.putObject("quality");
    quality.put("confidence", Interval.CONFIDENCE);
    quality.put("tolerance", readiness.tolerance());
    ArrayNode tasks = quality.putArray("tasks");
    readiness.tasks().forEach(task -> task(task, tasks.addObject()));
    readiness.notMeasured().forEach(quality.putArray("not_measured")::add);
    ObjectNode cost = json.putObject("cost_usd");
    cost.put("as_it_is", readiness.cost().toPlainString());
    cost.put("there", readiness.costThere().toPlainString());
    cost.put("unpriced_tokens", readiness.unpriced());
    capacity(readiness, json.putObject("capacity"));
    ObjectNode breaks = json.putObject("breaks");
    counts(readiness.failures(), breaks.putObject("copies_not_answered"));
    declared(readiness, breaks);
    breaks.put("longest_prompt_answered", readiness.traffic().longestSeenByTo());
    breaks.put("prompts_longer", readiness.traffic().longerThanSeen());
    ArrayNode redTeam = json.putArray("red_team");
    for (RedTeamResult each : readiness.redTeam()) {
      ObjectNode node = redTeam.addObject();
      node.put("kind", each.getKind());
      node.put("answered", each.getAnswered());
      node.put("failed", each.getFailed());
      node.put("unanswered", each.getUnanswered());
      node.put("at", each.getAt().toString());
    }
    return json;
  }

  /** What is not declared, or not known for want of it, is null. */
  private static void declared(Readiness readiness, ObjectNode node) {
    Breaks breaks = readiness.breaks();
    node.put("requests", breaks.requests());
    node.put("parameters_known", breaks.lookedAt());
    node.put("refused", breaks.refused());
    counts(breaks.parameters(), node.putObject("refused_parameters"));
    node.put("lengths_known", breaks.measured());
    node.put("max_output_tokens", readiness.to().getMaxOutputTokens());
    node.put("answers_longer", breaks.longerAnswers().orElse(null));
    node.put("context_tokens", readiness.to().getContextTokens());
    node.put("beyond_context", breaks.beyondContext().orElse(null));
    node.put("beyond_context_as_asked", breaks.beyondContextAsAsked().orElse(null));
  }

  private static void task(TaskQuality task, ObjectNode node) {
    node.put("tenant", task.tenant());
    node.put("task", task.task());
    node.put("pairs", task.counts().getPairs());
    node.put("verdict", task.verdict().name().toLowerCase(Locale.ROOT));
    task.lostAtMost().ifPresent(most -> node.put("lost_at_most", most));
    ObjectNode figures = node.putObject("figures");
    for (ShadowFigure figure : task.figures()) {
      ObjectNode one = figures.putObject(figure.getMeasure().name().toLowerCase(Locale.ROOT));
      one.put("pairs", figure.getPairs());
      one.put("value", figure.getValue());
      if (!Double.isNaN(figure.getLow())) {
        one.put("low", figure.getLow());
        one.put("high", figure.getHigh());
      }
    }
  }

  private static void capacity(Readiness readiness, ObjectNode node) {
    Traffic traffic = readiness.traffic();
    node.put("calls", traffic.calls());
    node.put("mean_input_tokens", traffic.meanInput());
    node.put("mean_output_tokens", traffic.meanOutput());
    node.put("peak_per_minute", traffic.peak());
    node.put("best_output_tokens_per_minute_there", traffic.bestMinuteOfTo());
    readiness.tokensPerSecond().ifPresent(rate -> node.put("tokens_per_second_of_a_call", rate));
    readiness
        .capacity()
        .ifPresent(
            capacity -> {
              node.put("calls_per_minute", capacity.perMinute());
              node.put("limit", capacity.limit());
              node.put("peak_per_minute_with_its_own", capacity.peak());
              node.put("most_waiting", capacity.mostWaiting());
              node.put("drain_minutes", capacity.drainMinutes());
            });
  }

  private static void counts(Map<String, Long> counts, ObjectNode node) {
    counts.forEach(node::put);
  }
}
