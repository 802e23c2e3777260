package io.dualtrack.policy.jurisdiction;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.Tenant;
import java.util.ArrayList;
import java.util.List;
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

  /** Leaves in a body what an offering is sent: all but Dualtrack's own metadata. */
  public static void takeOwnMetadata(ObjectNode body) {
    CallerTerms.take(body);
  }

  /**
   * Tags a request and takes Dualtrack's own metadata out of its body.
   *
   * @param known what the producer knows of the request beside its body
   * @param address what is known of the address that it came from
   */
  public Tagging tag(
      Tenant tenant,
      Account account,
      String model,
      List<Attribute> known,
      List<Attribute> address,
      ObjectNode body) {
    CallerTerms.Terms inBody = CallerTerms.take(body);
    CallerTerms.Terms beside = CallerTerms.read(known);
    if (inBody instanceof CallerTerms.Terms.Unclear unclear) {
      return new Tagging.Unclear(unclear.problem());
    }
    if (beside instanceof CallerTerms.Terms.Unclear unclear) {
      return new Tagging.Unclear(unclear.problem());
    }
    CallerTerms.Terms.Understood understood = (CallerTerms.Terms.Understood) inBody;
    List<Attribute> attributes = new ArrayList<>(understood.attributes());
    attributes.addAll(((CallerTerms.Terms.Understood) beside).attributes());
    attributes.addAll(address);
    attributes.addAll(ContractTerms.of(tenant, account));
    return new Tagging.Tagged(
        attributes,
        RequestProfile.of(tenant.getId(), model, jurisdictions(tenant, attributes), attributes),
        noStore(attributes),
        understood.taken());
  }

  /**
   * What is known of a request after its contract changed: callers and the address said what they
   * said, the contract and the identity are those of now.
   */
  public static RequestFacts again(RequestFacts facts, Tenant tenant, Account account) {
    List<Attribute> attributes = new ArrayList<>();
    facts.getAttributes().stream()
        .filter(each -> !ContractTerms.tells(each))
        .forEach(attributes::add);
    attributes.addAll(ContractTerms.of(tenant, account));
    return RequestFacts.newBuilder(facts)
        .setAttributes(attributes)
        .setJurisdictions(jurisdictions(tenant, attributes))
        .build();
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
        case AttributeNames.IP_CONFIDENCE -> {
          // One of several countries, and nobody can say which: all of them bind, and the unknown.
          if (attribute.getValues().contains(AttributeNames.DISPUTED)) {
            regions.add(Regions.UNKNOWN);
          }
        }
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
