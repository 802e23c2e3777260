package io.dualtrack.policy.jurisdiction;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.UsPerson;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** What the tenant's contract and the verified identity of an account say of every request. */
final class ContractTerms {

  private ContractTerms() {}

  static List<Attribute> of(Tenant tenant, Account account) {
    List<Attribute> attributes = new ArrayList<>();
    add(attributes, AttributeNames.DATA_CLASSES, tenant.getDataClasses());
    add(attributes, AttributeNames.REGIMES, tenant.getRegimes());
    add(attributes, AttributeNames.CONTRACT_PROCESSING, tenant.getProcessingRegions());
    add(attributes, AttributeNames.CONTRACT_STORAGE, tenant.getStorageRegions());
    add(attributes, AttributeNames.TRANSFER_MECHANISMS, tenant.getTransferMechanisms());
    add(attributes, AttributeNames.CONTROLLER_COUNTRY, List.of(tenant.getControllerCountry()));
    if (tenant.getRetentionLimitDays() != null) {
      add(
          attributes,
          AttributeNames.RETENTION_LIMIT_DAYS,
          List.of(tenant.getRetentionLimitDays().toString()));
    }
    if (tenant.getComplianceInstruction() != null) {
      // Only that there is one: the words are no attribute.
      add(attributes, AttributeNames.COMPLIANCE_INSTRUCTION, List.of("yes"));
    }
    addIdentity(attributes, account.getEarUsPerson());
    return attributes;
  }

  /** Whether an attribute comes from here, so that a later contract replaces it. */
  static boolean tells(Attribute attribute) {
    return attribute.getSource() == AttributeSource.TENANT_CONTRACT
        || (attribute.getSource() == AttributeSource.IDENTITY
            && attribute.getName().startsWith(AttributeNames.EAR_US_PERSON));
  }

  private static void add(List<Attribute> attributes, String name, Collection<String> values) {
    if (!values.isEmpty()) {
      attributes.add(
          new Attribute(name, List.copyOf(new TreeSet<>(values)), AttributeSource.TENANT_CONTRACT));
    }
  }

  private static void addIdentity(List<Attribute> attributes, UsPerson verified) {
    if (verified == null) {
      return;
    }
    String status =
        switch (verified.getStatus()) {
          case YES -> "yes";
          case NO -> "no";
          case UNKNOWN -> "unknown";
        };
    attributes.add(
        new Attribute(AttributeNames.EAR_US_PERSON, List.of(status), AttributeSource.IDENTITY));
    attributes.add(
        new Attribute(
            AttributeNames.EAR_US_PERSON_PERIOD,
            List.of(verified.getVerifiedAt().toString(), verified.getExpires().toString()),
            AttributeSource.IDENTITY));
    attributes.add(
        new Attribute(
            AttributeNames.EAR_US_PERSON_EVIDENCE,
            List.of(verified.getEvidence()),
            AttributeSource.IDENTITY));
  }
}
