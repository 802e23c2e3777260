package io.dualtrack.topology.jurisdiction;

import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.RequestFacts;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What rules may know of a request: flat values, whatever source they came from. Sources are
 * united, but for the regions that processing is asked for in, where each source may only narrow
 * what the others left.
 *
 * @param askedProcessing empty for no limit
 * @param contractProcessing empty for no limit
 * @param declaredCountry empty where unknown, or where sources disagree
 * @param ipCountry empty where unknown, or where sources disagree
 * @param controllerCountry empty where unknown
 */
public record RequestProfile(
    String tenant,
    String model,
    List<String> jurisdictions,
    List<String> dataClasses,
    List<String> dataSubjectRegions,
    List<String> askedProcessing,
    List<String> contractProcessing,
    List<String> transferMechanisms,
    String declaredCountry,
    String ipCountry,
    String controllerCountry) {

  /** A region that no offering has: what is left where limits exclude each other. */
  static final String NOWHERE = "NOWHERE";

  private static final String GLOBAL = "GLOBAL";

  public static RequestProfile of(RequestFacts facts) {
    return of(facts.getTenant(), facts.getModel(), facts.getJurisdictions(), facts.getAttributes());
  }

  static RequestProfile of(
      String tenant, String model, List<String> jurisdictions, List<Attribute> attributes) {
    return new RequestProfile(
        tenant,
        model,
        jurisdictions,
        union(attributes, AttributeNames.DATA_CLASSES),
        union(attributes, AttributeNames.DATA_SUBJECT_REGIONS),
        intersection(attributes, AttributeNames.ASKED_PROCESSING),
        union(attributes, AttributeNames.CONTRACT_PROCESSING),
        union(attributes, AttributeNames.TRANSFER_MECHANISMS),
        single(attributes, AttributeNames.DECLARED_COUNTRY),
        single(attributes, AttributeNames.IP_COUNTRY),
        single(attributes, AttributeNames.CONTROLLER_COUNTRY));
  }

  public boolean countryKnown() {
    return !declaredCountry.isEmpty() || !ipCountry.isEmpty();
  }

  /** Puts every variable of the request's side under its name in rules. */
  public void variables(Map<String, Object> variables) {
    variables.put("tenant", tenant);
    variables.put("model", model);
    variables.put("jurisdictions", jurisdictions);
    variables.put("data_classes", dataClasses);
    variables.put("data_subject_regions", dataSubjectRegions);
    variables.put("asked_processing", askedProcessing);
    variables.put("contract_processing", contractProcessing);
    variables.put("transfer_mechanisms", transferMechanisms);
    variables.put("declared_country", declaredCountry);
    variables.put("ip_country", ipCountry);
    variables.put("controller_country", controllerCountry);
    variables.put("country_known", countryKnown());
  }

  /**
   * The residency zone as text: requests of different zones never share an answer. It holds the
   * jurisdictions and every limit on processing.
   */
  public String zone() {
    return String.join("+", jurisdictions)
        + "|"
        + String.join("+", askedProcessing)
        + "|"
        + String.join("+", contractProcessing);
  }

  private static List<String> union(List<Attribute> attributes, String name) {
    Set<String> all = new TreeSet<>();
    for (Attribute attribute : attributes) {
      if (attribute.getName().equals(name)) {
        all.addAll(attribute.getValues());
      }
    }
    return List.copyOf(all);
  }

  private static List<String> intersection(List<Attribute> attributes, String name) {
    Set<String> left = null;
    for (Attribute attribute : attributes) {
      Collection<String> values = attribute.getValues();
      if (!attribute.getName().equals(name) || values.isEmpty() || values.contains(GLOBAL)) {
        continue;
      }
      if (left == null) {
        left = new TreeSet<>(values);
      } else {
        left.retainAll(values);
      }
    }
    if (left == null) {
      return List.of();
    }
    return left.isEmpty() ? List.of(NOWHERE) : List.copyOf(left);
  }

  private static String single(List<Attribute> attributes, String name) {
    Set<String> values = new LinkedHashSet<>();
    for (Attribute attribute : attributes) {
      if (attribute.getName().equals(name)) {
        values.addAll(attribute.getValues());
      }
    }
    return values.size() == 1 ? values.iterator().next() : "";
  }
}
