package io.dualtrack.local.control;

import dev.cel.common.CelValidationException;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.List;
import java.util.Optional;

/** Compiles and type-checks the expressions of rules. */
final class RuleCheck {

  static final List<String> LISTS =
      List.of(
          "jurisdictions",
          "data_classes",
          "data_subject_regions",
          "asked_processing",
          "contract_processing",
          "transfer_mechanisms",
          "processing",
          "storage",
          "attestations");

  static final List<String> TEXTS =
      List.of(
          "declared_country",
          "ip_country",
          "controller_country",
          "tenant",
          "model",
          "offering",
          "offering_model",
          "provider",
          "lane",
          "weights",
          "provider_country",
          "export_state");

  static final List<String> BOOLEANS = List.of("country_known", "is_partner");

  private final CelCompiler compiler;

  RuleCheck() {
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL);
    LISTS.forEach(name -> builder.addVar(name, ListType.create(SimpleType.STRING)));
    TEXTS.forEach(name -> builder.addVar(name, SimpleType.STRING));
    BOOLEANS.forEach(name -> builder.addVar(name, SimpleType.BOOL));
    this.compiler = builder.build();
  }

  /** What is wrong with an expression, in one line; nothing for a good one. */
  Optional<String> fault(String expression) {
    try {
      compiler.compile(expression).getAst();
      return Optional.empty();
    } catch (CelValidationException e) {
      String first = e.getErrors().isEmpty() ? e.getMessage() : e.getErrors().get(0).getMessage();
      return Optional.of(first.lines().findFirst().orElse("not CEL"));
    }
  }

  /** Names that an expression may use. */
  static String variables() {
    return String.join(", ", LISTS)
        + " (lists), "
        + String.join(", ", TEXTS)
        + " (texts), "
        + String.join(", ", BOOLEANS)
        + " (true or false)";
  }
}
