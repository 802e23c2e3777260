package io.dualtrack.policy;

import io.dualtrack.policy.control.BundleStanding;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A published set of rules, ready to be evaluated.
 *
 * @param expressions how many expressions the rules have together
 * @param lists values of the bundle's lists by name
 * @param standing whether it may open closed APIs
 */
public record CompiledBundle(
    PolicyBundle bundle,
    List<CompiledRule> rules,
    List<CompiledCounter> counters,
    int expressions,
    Map<String, List<String>> lists,
    BundleStanding standing) {

  public CompiledBundle with(BundleStanding judged) {
    return new CompiledBundle(bundle, rules, counters, expressions, lists, judged);
  }

  /** Ids of the rules whose rejections are told to people at once. */
  public Set<String> alerting() {
    return rules.stream()
        .map(CompiledRule::rule)
        .filter(Rule::getAlert)
        .map(Rule::getId)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Moments at which the bundle decides otherwise, without any new record. */
  public List<Instant> boundaries() {
    List<Instant> boundaries = new ArrayList<>();
    if (bundle.getValidUntil() != null) {
      boundaries.add(bundle.getValidUntil());
    }
    for (Rule rule : bundle.getRules()) {
      boundaries.add(rule.getEffectiveFrom());
      if (rule.getEffectiveTo() != null) {
        boundaries.add(rule.getEffectiveTo());
      }
    }
    bundle
        .getExemptions()
        .forEach(
            each -> {
              boundaries.add(each.getEffectiveFrom());
              boundaries.add(each.getEffectiveTo());
            });
    return boundaries;
  }
}
