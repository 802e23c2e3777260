package io.dualtrack.policy.jurisdiction;

/** Names of the attributes of a request, as they stand on records and in rules. */
public final class AttributeNames {

  public static final String DATA_SUBJECT_REGIONS = "data_subject_regions";
  public static final String DATA_CLASSES = "data_classes";
  public static final String REGIMES = "regimes";
  public static final String DECLARED_COUNTRY = "declared_country";
  public static final String IP_COUNTRY = "ip_country";

  /** agreed, single, disputed or unknown: what the address files say together. */
  public static final String IP_CONFIDENCE = "ip_confidence";

  /** The confidence of an address that several files place in several countries. */
  public static final String DISPUTED = "disputed";

  public static final String ASKED_PROCESSING = "asked_processing";
  public static final String CONTRACT_PROCESSING = "contract_processing";
  public static final String ASKED_STORAGE = "asked_storage";
  public static final String CONTRACT_STORAGE = "contract_storage";
  public static final String RETENTION_LIMIT_DAYS = "retention_limit_days";
  public static final String CONTROLLER_COUNTRY = "controller_country";
  public static final String TRANSFER_MECHANISMS = "transfer_mechanisms";
  public static final String COMPLIANCE_INSTRUCTION = "compliance_instruction";
  public static final String EAR_US_PERSON = "ear_us_person";

  /** From when and until when, as two instants in ISO 8601, the evidence of a US person holds. */
  public static final String EAR_US_PERSON_PERIOD = "ear_us_person_period";

  /** Where that evidence is filed. */
  public static final String EAR_US_PERSON_EVIDENCE = "ear_us_person_evidence";

  public static final String NO_STORE = "no_store";

  /** How many persons' data the request holds. */
  public static final String PERSONS = "persons";

  /** What the caller calls the request's task; no rule knows it. */
  public static final String TASK = "task";

  /** The only offering that the caller wants to be answered by. */
  public static final String ASKED_OFFERING = "asked_offering";

  private AttributeNames() {}
}
