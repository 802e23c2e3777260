package io.dualtrack.policy.jurisdiction;

import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.RequestFacts;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What rules may know of a request: flat values, whatever source they came from. Sources are
 * united, but for limits, where each source may only narrow what the others left.
 *
 * @param askedProcessing empty for no limit
 * @param contractProcessing empty for no limit
 * @param askedStorage empty for no limit
 * @param contractStorage empty for no limit
 * @param declaredCountry empty where unknown, or where sources disagree
 * @param ipCountry empty where unknown, or where sources disagree
 * @param controllerCountry empty where unknown
 * @param retentionLimitDays the shortest that any source asks for; {@value #NO_LIMIT} for none
 * @param usPersonFrom from when evidence of a US person holds
 * @param usPersonUntil from when it does not any more; the epoch where there is none, or where
 *     anybody says no
 * @param complianceInstruction whether the tenant's contract has one
 * @param askedOfferings in small letters; empty for any, and of several none is each of them
 */
public record RequestProfile(
    String tenant,
    String model,
    List<String> jurisdictions,
    List<String> dataClasses,
    List<String> dataSubjectRegions,
    List<String> regimes,
    List<String> askedProcessing,
    List<String> contractProcessing,
    List<String> askedStorage,
    List<String> contractStorage,
    List<String> transferMechanisms,
    String declaredCountry,
    String ipCountry,
    String controllerCountry,
    long retentionLimitDays,
    Instant usPersonFrom,
    Instant usPersonUntil,
    boolean complianceInstruction,
    List<String> askedOfferings) {

  /** More days than any limit has. */
  public static final long NO_LIMIT = 1_000_000;

  public static RequestProfile of(RequestFacts facts) {
    return of(facts.getTenant(), facts.getModel(), facts.getJurisdictions(), facts.getAttributes());
  }

  static RequestProfile of(
      String tenant, String model, List<String> jurisdictions, List<Attribute> attributes) {
    boolean usPerson = union(attributes, AttributeNames.EAR_US_PERSON).equals(List.of("yes"));
    List<String> period = union(attributes, AttributeNames.EAR_US_PERSON_PERIOD);
    boolean evidence = usPerson && period.size() == 2;
    return new RequestProfile(
        tenant,
        model,
        jurisdictions,
        union(attributes, AttributeNames.DATA_CLASSES),
        union(attributes, AttributeNames.DATA_SUBJECT_REGIONS),
        union(attributes, AttributeNames.REGIMES),
        intersection(attributes, AttributeNames.ASKED_PROCESSING),
        intersection(attributes, AttributeNames.CONTRACT_PROCESSING),
        intersection(attributes, AttributeNames.ASKED_STORAGE),
        intersection(attributes, AttributeNames.CONTRACT_STORAGE),
        union(attributes, AttributeNames.TRANSFER_MECHANISMS),
        single(attributes, AttributeNames.DECLARED_COUNTRY),
        single(attributes, AttributeNames.IP_COUNTRY),
        single(attributes, AttributeNames.CONTROLLER_COUNTRY),
        shortest(attributes, AttributeNames.RETENTION_LIMIT_DAYS),
        // Sorted, so the earlier one is the first.
        evidence ? Instant.parse(period.get(0)) : Instant.EPOCH,
        evidence ? Instant.parse(period.get(1)) : Instant.EPOCH,
        !union(attributes, AttributeNames.COMPLIANCE_INSTRUCTION).isEmpty(),
        union(attributes, AttributeNames.ASKED_OFFERING));
  }

  public boolean countryKnown() {
    return !declaredCountry.isEmpty() || !ipCountry.isEmpty();
  }

  /** Whether it may hold data of persons: everything that is not said to be public alone. */
  public boolean personalData() {
    return dataClasses.isEmpty() || !dataClasses.equals(List.of("public"));
  }

  /**
   * Whether somebody verified that the person behind the request is a US person under 15 CFR 772.1.
   * Unknown is no, and so is evidence that has expired.
   */
  public boolean usPersonAt(Instant at) {
    return !at.isBefore(usPersonFrom) && at.isBefore(usPersonUntil);
  }

  /** The next moment after {@code at} at which this profile alone may change a decision. */
  public Instant nextBoundary(Instant at) {
    if (usPersonUntil.equals(Instant.EPOCH) || !usPersonUntil.isAfter(at)) {
      return Instant.MAX;
    }
    return usPersonFrom.isAfter(at) ? usPersonFrom : usPersonUntil;
  }

  /** Puts every variable of the request's side under its name in rules. */
  public void variables(Map<String, Object> variables, Instant at) {
    variables.put("tenant", tenant);
    variables.put("model", model);
    variables.put("jurisdictions", jurisdictions);
    variables.put("data_classes", dataClasses);
    variables.put("personal_data", personalData());
    variables.put("data_subject_regions", dataSubjectRegions);
    variables.put("regimes", regimes);
    variables.put("asked_processing", askedProcessing);
    variables.put("contract_processing", contractProcessing);
    variables.put("asked_storage", askedStorage);
    variables.put("contract_storage", contractStorage);
    variables.put("transfer_mechanisms", transferMechanisms);
    variables.put("declared_country", declaredCountry);
    variables.put("ip_country", ipCountry);
    variables.put("controller_country", controllerCountry);
    variables.put("country_known", countryKnown());
    variables.put("retention_limit_days", retentionLimitDays);
    variables.put("ear_us_person", usPersonAt(at));
    variables.put("has_compliance_instruction", complianceInstruction);
  }

  /**
   * The residency zone as text: requests of different zones never share an answer. It holds the
   * jurisdictions and every limit on processing and storage.
   */
  public String zone() {
    return String.join(
        "|",
        String.join("+", jurisdictions),
        String.join("+", askedProcessing),
        String.join("+", contractProcessing),
        String.join("+", askedStorage),
        String.join("+", contractStorage));
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
    List<String> left = List.of();
    for (Attribute attribute : attributes) {
      if (attribute.getName().equals(name)) {
        left = Regions.intersection(left, attribute.getValues());
      }
    }
    return left;
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

  private static long shortest(List<Attribute> attributes, String name) {
    long shortest = NO_LIMIT;
    for (String value : union(attributes, name)) {
      shortest = Math.min(shortest, Long.parseLong(value));
    }
    return shortest;
  }
}
