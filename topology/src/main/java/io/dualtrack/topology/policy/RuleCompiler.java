package io.dualtrack.topology.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes programs of rules. The variables are flat and typed, so that a misspelt name is refused
 * here and not found absent when a request is decided.
 */
public final class RuleCompiler {

  private static final Logger LOG = LoggerFactory.getLogger(RuleCompiler.class);
  private static final CelType STRINGS = ListType.create(SimpleType.STRING);

  static final Map<String, CelType> VARIABLES =
      Map.ofEntries(
          Map.entry("jurisdictions", STRINGS),
          Map.entry("data_classes", STRINGS),
          Map.entry("data_subject_regions", STRINGS),
          Map.entry("asked_processing", STRINGS),
          Map.entry("contract_processing", STRINGS),
          Map.entry("transfer_mechanisms", STRINGS),
          Map.entry("declared_country", SimpleType.STRING),
          Map.entry("ip_country", SimpleType.STRING),
          Map.entry("controller_country", SimpleType.STRING),
          Map.entry("tenant", SimpleType.STRING),
          Map.entry("model", SimpleType.STRING),
          Map.entry("country_known", SimpleType.BOOL),
          Map.entry("offering", SimpleType.STRING),
          Map.entry("offering_model", SimpleType.STRING),
          Map.entry("provider", SimpleType.STRING),
          Map.entry("lane", SimpleType.STRING),
          Map.entry("weights", SimpleType.STRING),
          Map.entry("provider_country", SimpleType.STRING),
          Map.entry("export_state", SimpleType.STRING),
          Map.entry("processing", STRINGS),
          Map.entry("storage", STRINGS),
          Map.entry("attestations", STRINGS),
          Map.entry("is_partner", SimpleType.BOOL));

  private final CelCompiler compiler;
  private final CelRuntime runtime = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  public RuleCompiler() {
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL);
    VARIABLES.forEach(builder::addVar);
    this.compiler = builder.build();
  }

  /**
   * Compiles every rule of a bundle. A rule that does not compile stays in it and denies whatever
   * it is asked about.
   */
  public CompiledBundle compile(PolicyBundle bundle) {
    List<CompiledRule> rules = bundle.getRules().stream().map(this::compile).toList();
    return new CompiledBundle(bundle, rules);
  }

  private CompiledRule compile(Rule rule) {
    try {
      CelRuntime.Program condition = program(rule.getCondition());
      if (rule.getEffect() != RuleEffect.REQUIRE) {
        return new CompiledRule(rule, condition, null);
      }
      if (rule.getRequirement() == null) {
        LOG.error("a rule requires nothing and denies until it is mended; rule={}", rule.getId());
        return new CompiledRule(rule, null, null);
      }
      return new CompiledRule(rule, condition, program(rule.getRequirement()));
    } catch (CelValidationException | CelEvaluationException e) {
      LOG.error(
          "a rule does not compile and denies until it is mended; rule={} cause={}",
          rule.getId(),
          e.getMessage());
      return new CompiledRule(rule, null, null);
    }
  }

  private CelRuntime.Program program(String expression)
      throws CelValidationException, CelEvaluationException {
    CelValidationResult checked = compiler.compile(expression);
    CelAbstractSyntaxTree tree = checked.getAst();
    return runtime.createProgram(tree);
  }
}
