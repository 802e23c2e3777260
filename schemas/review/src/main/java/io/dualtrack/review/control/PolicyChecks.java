package io.dualtrack.review.control;

import io.dualtrack.policy.RuleLanguage;
import io.dualtrack.policy.jurisdiction.Vocabulary;
import io.dualtrack.schemas.Exemption;
import io.dualtrack.schemas.NamedList;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VolumeCounter;
import io.dualtrack.schemas.VolumeThreshold;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;

/** What a schema cannot say of a policy bundle. */
final class PolicyChecks {

  private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final Pattern LIST_NAME = Pattern.compile("[a-z][a-z0-9_]*");

  private final Places places;
  private final FieldChecks fields;

  PolicyChecks(Places places, FieldChecks fields) {
    this.places = places;
    this.fields = fields;
  }

  void check(PolicyBundle bundle) {
    fields.id(bundle, bundle.getId());
    if (bundle.getRules().isEmpty()) {
      places.problem(
          bundle,
          "rules",
          "the bundle has no rule",
          "add rules; without any, everything is permitted");
    }
    fields.unique(bundle.getRules(), rule -> rule.getId() + "@" + rule.getVersion(), "rule", "id");
    fields.unique(bundle.getLists(), NamedList::getName, "list", "name");
    fields.unique(bundle.getExemptions(), Exemption::getId, "exemption", "id");
    fields.unique(bundle.getCounters(), VolumeCounter::getId, "counter", "id");
    bundle.getLists().forEach(this::list);
    RuleLanguage language = new RuleLanguage(bundle.getLists());
    bundle.getRules().forEach(rule -> rule(rule, language));
    Set<String> rules =
        bundle.getRules().stream().map(Rule::getId).collect(Collectors.toUnmodifiableSet());
    bundle.getExemptions().forEach(exemption -> exemption(exemption, rules, language));
    bundle.getCounters().forEach(counter -> counter(counter, language));
  }

  private void list(NamedList list) {
    if (!LIST_NAME.matcher(list.getName()).matches()) {
      places.problem(
          list,
          "name",
          "a list cannot be called '%s'".formatted(list.getName()),
          "use small letters, digits and underscores");
    } else if (RuleLanguage.isVariable(list.getName())) {
      places.problem(
          list,
          "name",
          "a list cannot be called '%s', because a variable is".formatted(list.getName()),
          "choose another name");
    }
  }

  private void rule(Rule rule, RuleLanguage language) {
    fields.id(rule, rule.getId());
    fields.period(rule, rule.getEffectiveFrom(), rule.getEffectiveTo());
    fields.regions(rule, "within", rule.getWithin());
    if (!CODE.matcher(rule.getCode()).matches()) {
      places.problem(rule, "code", "'code' is not UPPER_SNAKE", "write a code like PROC_REGION");
    }
    expression(
        rule, "condition", "rule '%s'".formatted(rule.getId()), rule.getCondition(), language);
    if (rule.getRequirement() != null) {
      expression(
          rule,
          "requirement",
          "rule '%s'".formatted(rule.getId()),
          rule.getRequirement(),
          language);
    }
    requirement(rule);
    obligation(rule);
  }

  private void requirement(Rule rule) {
    boolean requires = rule.getEffect() == RuleEffect.REQUIRE;
    boolean expression = rule.getRequirement() != null;
    boolean regions = !rule.getWithin().isEmpty();
    if (requires && !expression && !regions) {
      places.problem(
          rule,
          "effect",
          "rule '%s' requires, but has no 'requirement'".formatted(rule.getId()),
          "add 'requirement: …', what must be true of the offering, or 'within: [EU]'");
    } else if (expression && regions) {
      places.problem(
          rule,
          "within",
          "rule '%s' has a 'requirement' and 'within'".formatted(rule.getId()),
          "make two rules of it");
    } else if (!requires && (expression || regions)) {
      places.problem(
          rule,
          expression ? "requirement" : "within",
          "rule '%s' has a '%s', but its effect is %s"
              .formatted(rule.getId(), expression ? "requirement" : "within", rule.getEffect()),
          "write 'effect: REQUIRE', or leave it out");
    }
  }

  private void obligation(Rule rule) {
    boolean obliges = rule.getEffect() == RuleEffect.OBLIGE;
    ObligationKind kind = rule.getObligation();
    if (!obliges && kind != null) {
      places.problem(
          rule,
          "obligation",
          "rule '%s' has an 'obligation', but its effect is %s"
              .formatted(rule.getId(), rule.getEffect()),
          "write 'effect: OBLIGE', or leave it out");
      return;
    }
    if (!obliges) {
      return;
    }
    if (kind == null || kind == ObligationKind.UNKNOWN) {
      places.problem(
          rule,
          kind == null ? "effect" : "obligation",
          "rule '%s' obliges to nothing that is known".formatted(rule.getId()),
          "write one of REDACT_CARDS, RETENTION, NO_STORE, PREPEND_INSTRUCTION, COMPLIANCE_TIER,"
              + " KEEP_LOGS");
      return;
    }
    boolean timed = kind == ObligationKind.RETENTION || kind == ObligationKind.KEEP_LOGS;
    Long seconds = rule.getObligationSeconds();
    long kept = Topics.AUDIT.retention().toSeconds();
    if (timed && (seconds == null || seconds < 0)) {
      places.problem(
          rule,
          "obligation",
          "rule '%s' says no time for %s".formatted(rule.getId(), kind),
          "add 'obligation_seconds: …'");
    } else if (!timed && seconds != null) {
      places.problem(
          rule,
          "obligation_seconds",
          "rule '%s' says a time, but %s has none".formatted(rule.getId(), kind),
          "leave it out");
    } else if (kind == ObligationKind.KEEP_LOGS && seconds > kept) {
      places.problem(
          rule,
          "obligation_seconds",
          "decisions are kept for %d seconds and no longer".formatted(kept),
          "ask for less, or keep the topic %s longer".formatted(Topics.AUDIT.name()));
    }
  }

  private void exemption(Exemption exemption, Set<String> rules, RuleLanguage language) {
    fields.id(exemption, exemption.getId());
    fields.period(exemption, exemption.getEffectiveFrom(), exemption.getEffectiveTo());
    if (!rules.contains(exemption.getRule())) {
      places.problem(
          exemption,
          "rule",
          "exemption '%s' lifts rule '%s', which is not in the bundle"
              .formatted(exemption.getId(), exemption.getRule()),
          "name the exact rule");
    }
    if (exemption.getTenants().isEmpty()) {
      places.problem(
          exemption,
          "tenants",
          "exemption '%s' is for nobody".formatted(exemption.getId()),
          "name its tenants");
    }
    if (exemption.getApprover().isBlank()) {
      places.problem(
          exemption,
          "approver",
          "exemption '%s' names nobody who approved it".formatted(exemption.getId()),
          "name the approver");
    }
    if (exemption.getCondition() != null) {
      expression(
          exemption,
          "condition",
          "exemption '%s'".formatted(exemption.getId()),
          exemption.getCondition(),
          language);
    }
  }

  private void counter(VolumeCounter counter, RuleLanguage language) {
    fields.id(counter, counter.getId());
    fields.atLeastOne(counter, "window_days", (long) counter.getWindowDays());
    expression(
        counter,
        "condition",
        "counter '%s'".formatted(counter.getId()),
        counter.getCondition(),
        language);
    if (counter.getReachedAtPercent() < 1 || counter.getReachedAtPercent() > 100) {
      places.problem(
          counter,
          "reached_at_percent",
          "'reached_at_percent' is not between 1 and 100",
          "write a share of the threshold");
    }
    if (counter.getThresholds().isEmpty()) {
      places.problem(
          counter,
          "thresholds",
          "counter '%s' has no threshold".formatted(counter.getId()),
          "add one for each class of data that it counts");
    }
    for (VolumeThreshold threshold : counter.getThresholds()) {
      fields.oneOf(threshold, "data_class", threshold.getDataClass(), Vocabulary.DATA_CLASSES);
      fields.atLeastOne(threshold, "persons", threshold.getPersons());
    }
  }

  private void expression(
      SpecificRecord record, String key, String owner, String expression, RuleLanguage language) {
    language
        .fault(expression)
        .ifPresent(
            fault ->
                places.problem(
                    record,
                    key,
                    "'%s' of %s is not a CEL condition: %s".formatted(key, owner, fault),
                    "mend it; it may use the bundle's lists and " + RuleLanguage.variables()));
  }
}
