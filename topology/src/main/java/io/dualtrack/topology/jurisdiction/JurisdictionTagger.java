package io.dualtrack.topology.jurisdiction;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.Tenant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the legal regions that bind a request. Whatever any source says binds: a caller may add
 * regions and limits, and never take away what the contract or the address says.
 */
public final class JurisdictionTagger {

  /** What came of tagging. */
  public sealed interface Tagging {

    /**
     * @param attributes all that is known, each with its source
     * @param noStore whether the answer must be neither kept nor shared
     * @param bodyChanged whether Dualtrack's metadata was taken out of the body
     */
    record Tagged(
        List<Attribute> attributes, RequestProfile profile, boolean noStore, boolean bodyChanged)
        implements Tagging {}

    /**
     * @param problem what is wrong and what to do, without any value of the body
     */
    record Unclear(String problem) implements Tagging {}
  }

  private static final Set<String> OF_REQUESTS =
      Set.of(
          AttributeNames.DATA_SUBJECT_REGIONS,
          AttributeNames.DATA_CLASSES,
          AttributeNames.DECLARED_COUNTRY,
          AttributeNames.ASKED_PROCESSING,
          AttributeNames.NO_STORE);

  /**
   * Tags a request and takes Dualtrack's own metadata out of its body.
   *
   * @param known what the producer knows of the request beside its body
   */
  public Tagging tag(Tenant tenant, String model, List<Attribute> known, ObjectNode body) {
    CallerTerms.Terms terms = CallerTerms.take(body);
    if (terms instanceof CallerTerms.Terms.Unclear unclear) {
      return new Tagging.Unclear(unclear.problem());
    }
    CallerTerms.Terms.Understood understood = (CallerTerms.Terms.Understood) terms;
    List<Attribute> attributes = new ArrayList<>(understood.attributes());
    known.stream()
        .filter(JurisdictionTagger::mayTell)
        .map(JurisdictionTagger::normal)
        .forEach(attributes::add);
    addContract(tenant, attributes);

    List<String> jurisdictions = jurisdictions(tenant, attributes);
    return new Tagging.Tagged(
        attributes,
        RequestProfile.of(tenant.getId(), model, jurisdictions, attributes),
        noStore(attributes),
        understood.taken());
  }

  /** Nobody but the contract tells of the contract, and nobody but the look-up of the address. */
  private static boolean mayTell(Attribute attribute) {
    return attribute.getName().equals(AttributeNames.IP_COUNTRY)
        ? attribute.getSource() == AttributeSource.ADDRESS
        : OF_REQUESTS.contains(attribute.getName());
  }

  private static Attribute normal(Attribute attribute) {
    boolean lower =
        attribute.getName().equals(AttributeNames.DATA_CLASSES)
            || attribute.getName().equals(AttributeNames.NO_STORE);
    List<String> values =
        attribute.getValues().stream()
            .map(String::strip)
            .map(each -> lower ? each.toLowerCase(Locale.ROOT) : each.toUpperCase(Locale.ROOT))
            .filter(each -> !each.isEmpty() && !each.equals(Regions.UNKNOWN))
            .distinct()
            .sorted()
            .toList();
    return new Attribute(attribute.getName(), values, attribute.getSource());
  }

  private static void addContract(Tenant tenant, List<Attribute> attributes) {
    contract(attributes, AttributeNames.DATA_CLASSES, tenant.getDataClasses());
    contract(attributes, AttributeNames.CONTRACT_PROCESSING, tenant.getProcessingRegions());
    contract(attributes, AttributeNames.TRANSFER_MECHANISMS, tenant.getTransferMechanisms());
    contract(attributes, AttributeNames.CONTROLLER_COUNTRY, List.of(tenant.getControllerCountry()));
  }

  private static void contract(List<Attribute> attributes, String name, Collection<String> values) {
    if (!values.isEmpty()) {
      attributes.add(
          new Attribute(name, List.copyOf(new TreeSet<>(values)), AttributeSource.TENANT_CONTRACT));
    }
  }

  private static List<String> jurisdictions(Tenant tenant, List<Attribute> attributes) {
    Set<String> regions = new TreeSet<>();
    tenant.getJurisdictions().forEach(each -> regions.add(Regions.of(each)));
    for (Attribute attribute : attributes) {
      switch (attribute.getName()) {
        case AttributeNames.DATA_SUBJECT_REGIONS,
            AttributeNames.DECLARED_COUNTRY,
            AttributeNames.IP_COUNTRY ->
            attribute.getValues().forEach(each -> regions.add(Regions.of(each)));
        default -> {}
      }
    }
    if (regions.isEmpty()) {
      regions.add(Regions.UNKNOWN);
    }
    return List.copyOf(regions);
  }

  private static boolean noStore(List<Attribute> attributes) {
    return attributes.stream()
        .anyMatch(
            each ->
                each.getName().equals(AttributeNames.NO_STORE)
                    && !each.getValues().equals(List.of("false")));
  }
}
