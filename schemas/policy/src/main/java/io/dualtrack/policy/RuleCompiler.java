package io.dualtrack.policy;

import io.dualtrack.policy.control.BundleStanding;
import io.dualtrack.schemas.Exemption;
import io.dualtrack.schemas.NamedList;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.VolumeCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes bundles ready to be evaluated. */
public final class RuleCompiler {

  private static final Logger LOG = LoggerFactory.getLogger(RuleCompiler.class);

  /**
   * Compiles every rule of a bundle. A rule that does not compile stays in it and denies whatever
   * it is asked about; an exemption that does not lifts nothing; a counter that does not counts
   * everything.
   */
  public CompiledBundle compile(PolicyBundle bundle) {
    return new Compilation(bundle).run();
  }

  private static final class Compilation {

    private final PolicyBundle bundle;
    private final RuleLanguage language;
    private int expressions;

    Compilation(PolicyBundle bundle) {
      this.bundle = bundle;
      this.language = new RuleLanguage(bundle.getLists());
    }

    CompiledBundle run() {
      List<CompiledRule> rules = new ArrayList<>();
      bundle.getRules().forEach(rule -> rules.add(rule(rule)));
      List<CompiledCounter> counters = new ArrayList<>();
      for (VolumeCounter counter : bundle.getCounters()) {
        counters.add(
            new CompiledCounter(counter, expression(counter.getId(), counter.getCondition())));
      }
      return new CompiledBundle(
          bundle,
          List.copyOf(rules),
          List.copyOf(counters),
          expressions,
          bundle.getLists().stream()
              .collect(
                  Collectors.toUnmodifiableMap(
                      NamedList::getName,
                      list -> List.copyOf(list.getValues()),
                      (first, second) -> first)),
          BundleStanding.ofDraft(bundle));
    }

    private CompiledRule rule(Rule rule) {
      Optional<Expression> condition = expression(rule.getId(), rule.getCondition());
      Optional<Expression> requirement =
          rule.getRequirement() == null
              ? Optional.empty()
              : expression(rule.getId(), rule.getRequirement());
      if (rule.getEffect() == RuleEffect.REQUIRE
          && requirement.isEmpty()
          && rule.getWithin().isEmpty()) {
        LOG.error("a rule requires nothing and denies until it is mended; rule={}", rule.getId());
        condition = Optional.empty();
      }
      List<CompiledExemption> exemptions = new ArrayList<>();
      for (Exemption exemption : bundle.getExemptions()) {
        if (exemption.getRule().equals(rule.getId())) {
          exemptions.add(exemption(exemption));
        }
      }
      return new CompiledRule(rule, condition, requirement, List.copyOf(exemptions));
    }

    private CompiledExemption exemption(Exemption exemption) {
      if (exemption.getCondition() == null) {
        return new CompiledExemption(exemption, Optional.empty(), true);
      }
      Optional<Expression> condition = expression(exemption.getId(), exemption.getCondition());
      return new CompiledExemption(exemption, condition, condition.isPresent());
    }

    private Optional<Expression> expression(String owner, String text) {
      try {
        return Optional.of(language.compile(text, expressions++));
      } catch (RuleLanguage.UnusableException e) {
        LOG.error("an expression does not compile; rule={} cause={}", owner, e.getMessage());
        return Optional.empty();
      }
    }
  }
}
