package io.dualtrack.policy;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What rules may speak of: flat typed variables, so that a misspelt name is refused when a rule is
 * published and not found absent when a request is decided. The one list of them.
 */
final class RuleVariables {

  /** What a variable can change with, and so how long a result over it can be kept. */
  enum Side {
    REQUEST,
    OFFERING,
    BOTH
  }

  record Variable(CelType type, Side side) {}

  private static final CelType STRINGS = ListType.create(SimpleType.STRING);
  private static final Map<String, Variable> ALL = new LinkedHashMap<>();

  static {
    of(
        Side.REQUEST,
        STRINGS,
        "jurisdictions",
        "data_classes",
        "data_subject_regions",
        "regimes",
        "asked_processing",
        "contract_processing",
        "asked_storage",
        "contract_storage",
        "transfer_mechanisms");
    of(
        Side.REQUEST,
        SimpleType.STRING,
        "declared_country",
        "ip_country",
        "controller_country",
        "tenant",
        "model");
    of(
        Side.REQUEST,
        SimpleType.BOOL,
        "country_known",
        "personal_data",
        "ear_us_person",
        "has_compliance_instruction");
    of(Side.REQUEST, SimpleType.INT, "retention_limit_days");
    of(Side.OFFERING, STRINGS, "processing", "storage", "attestations", "restrictions");
    of(
        Side.OFFERING,
        SimpleType.STRING,
        "offering",
        "offering_model",
        "provider",
        "lane",
        "weights",
        "tier",
        "licence",
        "provider_country",
        "owner_country",
        "export_state");
    of(Side.OFFERING, SimpleType.BOOL, "may_train");
    of(Side.OFFERING, SimpleType.INT, "retention_days");
    of(Side.BOTH, STRINGS, "volumes_reached");
    of(Side.BOTH, SimpleType.BOOL, "is_partner");
  }

  private RuleVariables() {}

  private static void of(Side side, CelType type, String... names) {
    for (String name : names) {
      ALL.put(name, new Variable(type, side));
    }
  }

  static Map<String, Variable> all() {
    return ALL;
  }

  /** The names by type, for people. */
  static String described() {
    return names(STRINGS)
        + " (lists), "
        + names(SimpleType.STRING)
        + " (texts), "
        + names(SimpleType.BOOL)
        + " (true or false), "
        + names(SimpleType.INT)
        + " (whole numbers)";
  }

  private static String names(CelType type) {
    return ALL.entrySet().stream()
        .filter(entry -> entry.getValue().type().equals(type))
        .map(Map.Entry::getKey)
        .collect(Collectors.joining(", "));
  }
}
