package io.dualtrack.topology.jurisdiction;

/** Names of the attributes of a request, as they stand on records and in rules. */
public final class AttributeNames {

  public static final String DATA_SUBJECT_REGIONS = "data_subject_regions";
  public static final String DATA_CLASSES = "data_classes";
  public static final String DECLARED_COUNTRY = "declared_country";
  public static final String IP_COUNTRY = "ip_country";
  public static final String ASKED_PROCESSING = "asked_processing";
  public static final String CONTRACT_PROCESSING = "contract_processing";
  public static final String CONTROLLER_COUNTRY = "controller_country";
  public static final String TRANSFER_MECHANISMS = "transfer_mechanisms";
  public static final String NO_STORE = "no_store";

  private AttributeNames() {}
}
