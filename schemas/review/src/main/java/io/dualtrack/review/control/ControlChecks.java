package io.dualtrack.review.control;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.policy.jurisdiction.Vocabulary;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AttestationExpiry;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.UsPerson;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** What a schema cannot say of control records: codes, ranges, references, expressions. */
final class ControlChecks {

  private static final Pattern ENDPOINT_NAME = Pattern.compile("[a-z][a-z0-9-]*");
  private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]*");

  private static final List<String> OFFERING_KEYS =
      Stream.concat(
              Offering.getClassSchema().getFields().stream()
                  .map(field -> RecordReader.snakeCase(field.name())),
              Stream.of("price"))
          .toList();

  private final Places places;
  private final List<String> dialects;
  private final FieldChecks fields;
  private final PolicyChecks policies;
  private final KeyChecks keys;
  private final MoneyChecks money;
  private final ExemptionChecks exemptions;

  /**
   * @param dialects names that an offering's may have; empty for any
   */
  ControlChecks(Places places, List<String> dialects) {
    this.places = places;
    this.dialects = List.copyOf(dialects);
    this.fields = new FieldChecks(places);
    this.policies = new PolicyChecks(places, fields);
    this.keys = new KeyChecks(places);
    this.money = new MoneyChecks(places, fields);
    this.exemptions = new ExemptionChecks(places, fields);
  }

  /**
   * @param published what may be referred to beside the records themselves
   * @param whole whether every record could be read, so that a missing reference is missing indeed
   */
  void check(ControlSet read, ControlSet published, boolean whole) {
    fields.unique(read.tenants(), Tenant::getId, "tenant", "id");
    fields.unique(read.offerings(), Offering::getId, "offering", "id");
    fields.unique(read.policies(), PolicyBundle::getId, "policy bundle", "id");
    fields.unique(read.prices(), Price::getPriceId, "price", "offering");
    fields.unique(read.currencies(), CurrencyRate::getRateId, "rate of a currency", "day");
    fields.unique(read.exemptions(), AbuseExemption::getId, "exemption", "id");
    keys.unique(read.tenants(), published.tenants());
    read.tenants().forEach(this::tenant);
    read.offerings().forEach(this::offering);
    read.policies().forEach(policies::check);
    read.prices().forEach(money::price);
    read.currencies().forEach(money::rateOfDay);
    read.exemptions().forEach(exemptions::check);
    if (whole) {
      references(read, published);
    }
  }

  private void tenant(Tenant tenant) {
    fields.id(tenant, tenant.getId());
    fields.country(tenant, "controller_country", tenant.getControllerCountry());
    fields.regions(tenant, "jurisdictions", tenant.getJurisdictions());
    fields.regions(tenant, "processing_regions", tenant.getProcessingRegions());
    fields.regions(tenant, "storage_regions", tenant.getStorageRegions());
    fields.allOf(tenant, "data_classes", tenant.getDataClasses(), Vocabulary.DATA_CLASSES);
    fields.allOf(tenant, "regimes", tenant.getRegimes(), Vocabulary.REGIMES);
    if (tenant.getRetentionLimitDays() != null) {
      fields.atLeastOne(tenant, "retention_limit_days", tenant.getRetentionLimitDays().longValue());
    }
    if (tenant.getComplianceInstruction() != null && tenant.getComplianceInstruction().isBlank()) {
      places.problem(
          tenant,
          "compliance_instruction",
          "'compliance_instruction' is blank",
          "write the system message, or leave it out");
    }
    fields.unique(tenant.getAccounts(), Account::getId, "account", "id");
    fields.unique(tenant.getModels(), ModelContract::getModel, "model", "model");
    for (Account account : tenant.getAccounts()) {
      fields.id(account, account.getId());
      keys.check(account);
      identity(account);
    }
    limits(tenant.getLimits());
    if (tenant.getAccounts().isEmpty()) {
      places.problem(
          tenant, "accounts", "tenant '%s' has no account".formatted(tenant.getId()), "add one");
    }
    if (tenant.getCache().getTtlSeconds() < 0) {
      places.problem(
          tenant.getCache(), "ttl_seconds", "'ttl_seconds' is negative", "write 0 or more seconds");
    }
    money.tenant(tenant);
    fields.unique(tenant.getShadowings(), Shadowing::getId, "shadowing", "id");
    for (Shadowing shadowing : tenant.getShadowings()) {
      fields.id(shadowing, shadowing.getId());
      fields.regions(shadowing, "jurisdictions", shadowing.getJurisdictions());
      money.shadowing(shadowing);
    }
  }

  private void limits(TenantLimits limits) {
    if (limits == null) {
      return;
    }
    atLeastOne(limits, "requests_per_minute", limits.getRequestsPerMinute());
    atLeastOne(limits, "max_body_bytes", limits.getMaxBodyBytes());
    atLeastOne(limits, "max_waiting", limits.getMaxWaiting());
    atLeastOne(limits, "max_in_flight", limits.getMaxInFlight());
    atLeastOne(limits, "weight", limits.getWeight());
    atLeastOne(limits, "max_file_bytes", limits.getMaxFileBytes());
    atLeastOne(limits, "max_stored_bytes", limits.getMaxStoredBytes());
    atLeastOne(limits, "max_open_batches", limits.getMaxOpenBatches());
  }

  private void atLeastOne(TenantLimits limits, String field, Number value) {
    if (value != null) {
      fields.atLeastOne(limits, field, value.longValue());
    }
  }

  private void identity(Account account) {
    UsPerson verified = account.getEarUsPerson();
    if (verified == null) {
      return;
    }
    if (!verified.getExpires().isAfter(verified.getVerifiedAt())) {
      places.problem(verified, "expires", "'expires' is not after 'verified_at'", "mend the dates");
    }
    if (verified.getEvidence().isBlank()) {
      places.problem(
          verified,
          "evidence",
          "account '%s' has no evidence of a US person".formatted(account.getId()),
          "say where the evidence is filed");
    }
  }

  private void offering(Offering offering) {
    fields.id(offering, offering.getId());
    fields.country(offering, "provider_country", offering.getProviderCountry());
    fields.regions(offering, "processing_regions", offering.getProcessingRegions());
    fields.regions(offering, "storage_regions", offering.getStorageRegions());
    if (offering.getProcessingRegions().isEmpty()) {
      places.problem(
          offering,
          "processing_regions",
          "offering '%s' says nothing of where it processes".formatted(offering.getId()),
          "name its regions, or GLOBAL");
    }
    if (offering.getOwnerCountry() != null) {
      fields.country(offering, "owner_country", offering.getOwnerCountry());
    }
    for (AttestationExpiry expiry : offering.getAttestationExpiry()) {
      fields.oneOf(expiry, "name", expiry.getName(), offering.getAttestations());
    }
    fields.allOf(offering, "uncertain", offering.getUncertain(), OFFERING_KEYS);
    if (offering.getRetentionDays() != null && offering.getRetentionDays() < 0) {
      places.problem(
          offering, "retention_days", "'retention_days' is negative", "write 0 or more days");
    }
    if (offering.getTierPriceFactor() != null && offering.getTierPriceFactor().signum() <= 0) {
      places.problem(
          offering,
          "tier_price_factor",
          "'tier_price_factor' is not above 0",
          "write what the standard price is multiplied by");
    }
    if (!dialects.isEmpty()) {
      fields.oneOf(offering, "dialect", offering.getDialect(), dialects);
    }
    if (!isEndpoint(offering.getEndpoint())) {
      places.problem(
          offering,
          "endpoint",
          "'endpoint' is neither an http address nor an endpoint's name",
          "write https://host/v1, or the name of an endpoint that the dispatcher knows");
    }
    String variable = offering.getKeyVariable();
    if (variable != null && !VARIABLE.matcher(variable).matches()) {
      // The value is not repeated: it may be a key that was pasted by mistake.
      places.problem(
          offering,
          "key_variable",
          "'key_variable' is not the name of an environment variable",
          "write a name like OPENAI_API_KEY, never the key");
    }
    fields.atLeastOne(offering, "max_concurrency", (long) offering.getMaxConcurrency());
    fields.atLeastOne(offering, "timeout_seconds", (long) offering.getTimeoutSeconds());
    fields.atLeastOne(offering, "requests_per_minute", offering.getRequestsPerMinute());
    fields.atLeastOne(offering, "tokens_per_minute", offering.getTokensPerMinute());
    lengths(offering);
    fields.period(offering, offering.getEffectiveFrom(), offering.getEffectiveTo());
  }

  private void lengths(Offering offering) {
    Long output = offering.getMaxOutputTokens();
    Long context = offering.getContextTokens();
    fields.atLeastOne(offering, "max_output_tokens", output);
    fields.atLeastOne(offering, "context_tokens", context);
    if (output != null && context != null && output > context) {
      places.problem(
          offering,
          "max_output_tokens",
          "'max_output_tokens' is above 'context_tokens', which prompt and answer share",
          "correct one of them, or leave out what is not known");
    }
  }

  private void references(ControlSet read, ControlSet published) {
    Set<String> offerings = new HashSet<>();
    Set<String> models = new HashSet<>();
    List<Offering> all = new ArrayList<>(published.offerings());
    all.addAll(read.offerings());
    for (Offering offering : all) {
      offerings.add(offering.getId());
      models.add(offering.getModel());
    }
    for (Price price : read.prices()) {
      if (!offerings.contains(price.getOffering())) {
        places.problem(
            price,
            "offering",
            "no offering is called '%s'".formatted(price.getOffering()),
            "correct the id, or add the offering");
      }
    }
    money.ratesOf(
        read.prices(), Stream.concat(published.currencies().stream(), read.currencies().stream()));
    for (Price price : read.prices()) {
      if (price.getReferenceForModel() != null) {
        served(price, "reference_for_model", price.getReferenceForModel(), models);
      }
    }
    for (Tenant tenant : read.tenants()) {
      for (ModelContract contract : tenant.getModels()) {
        served(contract, "model", contract.getModel(), models);
        contract.getSubstitutes().forEach(model -> served(contract, "substitutes", model, models));
        contract.getOfferings().forEach(id -> named(contract, id, all));
      }
      tenant.getShadowings().forEach(shadowing -> shadowed(tenant, shadowing, all));
    }
  }

  private void served(SpecificRecord record, String key, String model, Set<String> models) {
    if (!models.contains(model)) {
      places.problem(
          record,
          key,
          "no offering serves the model '%s'".formatted(model),
          "correct the name, or add an offering");
    }
  }

  private void named(ModelContract contract, String id, List<Offering> offerings) {
    boolean serves =
        offerings.stream()
            .anyMatch(
                each ->
                    each.getId().equals(id)
                        && (each.getModel().equals(contract.getModel())
                            || contract.getSubstitutes().contains(each.getModel())));
    if (!serves) {
      places.problem(
          contract,
          "offerings",
          "no offering '%s' serves the model '%s' or a substitute of it"
              .formatted(id, contract.getModel()),
          "correct the id, or apply the offering first");
    }
  }

  /** An offering that no contract lets answer would never be sent a copy, and nobody would know. */
  private void shadowed(Tenant tenant, Shadowing shadowing, List<Offering> offerings) {
    List<ModelContract> models =
        tenant.getModels().stream()
            .filter(
                each ->
                    shadowing.getModel() == null || shadowing.getModel().equals(each.getModel()))
            .toList();
    if (models.isEmpty()) {
      places.problem(
          shadowing,
          "model",
          "the contract of '%s' has no model '%s'".formatted(tenant.getId(), shadowing.getModel()),
          "correct the name, or add the model to the contract");
      return;
    }
    boolean mayAnswer =
        offerings.stream()
            .filter(each -> each.getId().equals(shadowing.getOffering()))
            .anyMatch(
                each ->
                    models.stream()
                        .anyMatch(
                            contract ->
                                contract.getModel().equals(each.getModel())
                                    || contract.getSubstitutes().contains(each.getModel())));
    if (!mayAnswer) {
      places.problem(
          shadowing,
          "offering",
          "no offering '%s' serves a model of the contract, or a substitute of one"
              .formatted(shadowing.getOffering()),
          "correct the id, apply the offering first, or name its model among the substitutes");
    }
  }

  private static boolean isEndpoint(String endpoint) {
    if (ENDPOINT_NAME.matcher(endpoint).matches()) {
      return true;
    }
    return address(endpoint)
        .filter(uri -> "http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
        .map(URI::getHost)
        .isPresent();
  }

  private static Optional<URI> address(String text) {
    try {
      return Optional.of(new URI(text));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }
}
