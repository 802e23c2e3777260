package io.dualtrack.local.control;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Tenant;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** What a schema cannot say of control records: codes, ranges, references, expressions. */
final class ControlChecks {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Pattern ENDPOINT_NAME = Pattern.compile("[a-z][a-z0-9-]*");
  private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]*");

  private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());
  private static final Set<String> REGIONS =
      Stream.concat(
              COUNTRIES.stream().filter(country -> !country.equals("GB")),
              Stream.of("EU", "UK", "GLOBAL"))
          .collect(Collectors.toUnmodifiableSet());
  private static final List<String> DATA_CLASSES =
      List.of(
          "personal",
          "special",
          "health",
          "card",
          "financial",
          "child",
          "export-controlled",
          "us-bulk",
          "government",
          "public");
  private static final List<String> TOKEN_CLASSES =
      List.of("UNCACHED_INPUT", "CACHE_READ", "CACHE_WRITE_5M", "CACHE_WRITE_1H", "OUTPUT");
  private static final List<String> TIERS = List.of("standard", "batch", "flex", "priority");
  private static final List<String> DIALECTS = List.of("openai");
  private static final String CURRENCY = "USD";

  private final Places places;
  private final RuleCheck rules = new RuleCheck();

  ControlChecks(Places places) {
    this.places = places;
  }

  /**
   * @param published what may be referred to beside the records themselves
   * @param whole whether every record could be read, so that a missing reference is missing indeed
   */
  void check(ControlSet read, ControlSet published, boolean whole) {
    unique(read.tenants(), Tenant::getId, "tenant", "id");
    unique(read.offerings(), Offering::getId, "offering", "id");
    unique(read.policies(), PolicyBundle::getId, "policy bundle", "id");
    unique(read.prices(), Price::getPriceId, "price", "offering");
    uniqueKeys(read.tenants(), published.tenants());
    read.tenants().forEach(this::tenant);
    read.offerings().forEach(this::offering);
    read.policies().forEach(this::bundle);
    read.prices().forEach(this::price);
    if (whole) {
      references(read, published);
    }
  }

  private <T extends SpecificRecord> void unique(
      List<T> records, Function<T, String> id, String name, String key) {
    Map<String, T> seen = new HashMap<>();
    for (T record : records) {
      T earlier = seen.putIfAbsent(id.apply(record), record);
      if (earlier != null) {
        places.problem(
            record,
            key,
            "%s '%s' is there twice, first at %s"
                .formatted(name, id.apply(record), places.of(earlier)),
            "keep one of them");
      }
    }
  }

  private void uniqueKeys(List<Tenant> read, List<Tenant> published) {
    Set<String> replaced = read.stream().map(Tenant::getId).collect(Collectors.toSet());
    Map<String, String> owners = new HashMap<>();
    for (Tenant tenant : published) {
      if (!replaced.contains(tenant.getId())) {
        for (Account account : tenant.getAccounts()) {
          owners.put(account.getApiKeySha256(), tenant.getId() + "/" + account.getId());
        }
      }
    }
    owners.remove(null);
    for (Tenant tenant : read) {
      for (Account account : tenant.getAccounts()) {
        String hash = account.getApiKeySha256();
        String owner =
            hash == null ? null : owners.putIfAbsent(hash, tenant.getId() + "/" + account.getId());
        if (owner != null) {
          places.problem(
              account,
              "api_key_sha256",
              "account '%s' has the API key of %s".formatted(account.getId(), owner),
              "give each account a key of its own");
        }
      }
    }
  }

  private void tenant(Tenant tenant) {
    id(tenant, tenant.getId());
    country(tenant, "controller_country", tenant.getControllerCountry());
    regions(tenant, "jurisdictions", tenant.getJurisdictions());
    regions(tenant, "processing_regions", tenant.getProcessingRegions());
    for (String dataClass : tenant.getDataClasses()) {
      oneOf(tenant, "data_classes", dataClass, DATA_CLASSES);
    }
    unique(tenant.getAccounts(), Account::getId, "account", "id");
    unique(tenant.getModels(), ModelContract::getModel, "model", "model");
    for (Account account : tenant.getAccounts()) {
      id(account, account.getId());
      String hash = account.getApiKeySha256();
      if (hash != null && !SHA256.matcher(hash).matches()) {
        places.problem(
            account,
            "api_key_sha256",
            "'api_key_sha256' is not a SHA-256 in hex",
            "write the 64 digits that 'printf %s KEY | sha256sum' prints, never the key");
      }
    }
    if (tenant.getAccounts().isEmpty()) {
      places.problem(
          tenant, "accounts", "tenant '%s' has no account".formatted(tenant.getId()), "add one");
    }
    if (tenant.getCache().getTtlSeconds() < 0) {
      places.problem(
          tenant.getCache(), "ttl_seconds", "'ttl_seconds' is negative", "write 0 or more seconds");
    }
    if (tenant.getMonthlyBudget() != null && tenant.getMonthlyBudget().signum() < 0) {
      places.problem(
          tenant,
          "monthly_budget",
          "'monthly_budget' is negative",
          "write US dollars, or leave it out");
    }
  }

  private void offering(Offering offering) {
    id(offering, offering.getId());
    country(offering, "provider_country", offering.getProviderCountry());
    regions(offering, "processing_regions", offering.getProcessingRegions());
    regions(offering, "storage_regions", offering.getStorageRegions());
    if (offering.getProcessingRegions().isEmpty()) {
      places.problem(
          offering,
          "processing_regions",
          "offering '%s' says nothing of where it processes".formatted(offering.getId()),
          "name its regions, or GLOBAL");
    }
    oneOf(offering, "dialect", offering.getDialect(), DIALECTS);
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
    atLeastOne(offering, "max_concurrency", (long) offering.getMaxConcurrency());
    atLeastOne(offering, "timeout_seconds", (long) offering.getTimeoutSeconds());
    atLeastOne(offering, "requests_per_minute", offering.getRequestsPerMinute());
    atLeastOne(offering, "tokens_per_minute", offering.getTokensPerMinute());
    period(offering, offering.getEffectiveFrom(), offering.getEffectiveTo());
  }

  private void bundle(PolicyBundle bundle) {
    id(bundle, bundle.getId());
    unique(bundle.getRules(), rule -> rule.getId() + "@" + rule.getVersion(), "rule", "id");
    if (bundle.getRules().isEmpty()) {
      places.problem(
          bundle,
          "rules",
          "the bundle has no rule",
          "add rules; without any, everything is permitted");
    }
    for (Rule rule : bundle.getRules()) {
      id(rule, rule.getId());
      period(rule, rule.getEffectiveFrom(), rule.getEffectiveTo());
      if (!CODE.matcher(rule.getCode()).matches()) {
        places.problem(rule, "code", "'code' is not UPPER_SNAKE", "write a code like PROC_REGION");
      }
      expression(rule, "condition", rule.getCondition());
      requirement(rule);
    }
  }

  private void requirement(Rule rule) {
    boolean demands = rule.getEffect() == RuleEffect.REQUIRE;
    if (demands && rule.getRequirement() == null) {
      places.problem(
          rule,
          "effect",
          "rule '%s' requires, but has no 'requirement'".formatted(rule.getId()),
          "add 'requirement: …', what must be true of the offering");
    } else if (!demands && rule.getRequirement() != null) {
      places.problem(
          rule,
          "requirement",
          "rule '%s' has a 'requirement', but its effect is %s"
              .formatted(rule.getId(), rule.getEffect()),
          "write 'effect: REQUIRE', or leave the requirement out");
    } else if (demands) {
      expression(rule, "requirement", rule.getRequirement());
    }
  }

  private void expression(Rule rule, String key, String expression) {
    rules
        .fault(expression)
        .ifPresent(
            fault ->
                places.problem(
                    rule,
                    key,
                    "'%s' of rule '%s' is not a CEL condition: %s"
                        .formatted(key, rule.getId(), fault),
                    "mend it; it may use " + RuleCheck.variables()));
  }

  private void price(Price price) {
    period(price, price.getEffectiveFrom(), price.getEffectiveTo());
    if (!price.getCurrency().equals(CURRENCY)) {
      places.problem(
          price,
          "currency",
          "'currency' cannot be '%s'".formatted(price.getCurrency()),
          "write prices in " + CURRENCY);
    }
    unique(
        price.getRates(),
        rate ->
            "%s %s above %d"
                .formatted(rate.getTokenClass(), rate.getTier(), rate.getAboveInputTokens()),
        "rate",
        "token_class");
    for (Rate rate : price.getRates()) {
      oneOf(rate, "token_class", rate.getTokenClass(), TOKEN_CLASSES);
      oneOf(rate, "tier", rate.getTier(), TIERS);
      if (rate.getPerToken().signum() < 0) {
        places.problem(rate, "per_token", "a rate is negative", "write 0 or more");
      }
      if (rate.getAboveInputTokens() < 0) {
        places.problem(
            rate, "above_input_tokens", "'above_input_tokens' is negative", "write 0 or more");
      }
    }
    for (String needed : List.of("UNCACHED_INPUT", "OUTPUT")) {
      if (price.getRates().stream()
          .noneMatch(
              rate ->
                  rate.getTokenClass().equals(needed)
                      && rate.getTier().equals("standard")
                      && rate.getAboveInputTokens() == 0)) {
        places.problem(
            price,
            "rates",
            "the price of '%s' has no standard rate for %s".formatted(price.getOffering(), needed),
            "add one; tokens without a rate stay unpriced");
      }
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
    for (Tenant tenant : read.tenants()) {
      for (ModelContract contract : tenant.getModels()) {
        served(contract, "model", contract.getModel(), models);
        contract.getSubstitutes().forEach(model -> served(contract, "substitutes", model, models));
      }
    }
  }

  private void served(ModelContract contract, String key, String model, Set<String> models) {
    if (!models.contains(model)) {
      places.problem(
          contract,
          key,
          "no offering serves the model '%s'".formatted(model),
          "correct the name, or add an offering");
    }
  }

  private void id(SpecificRecord record, String id) {
    if (!ID.matcher(id).matches()) {
      places.problem(
          record,
          "id",
          "'id' cannot be '%s'".formatted(id),
          "use letters, digits, point, dash and underscore, at most 128");
    }
  }

  private void country(SpecificRecord record, String key, String country) {
    if (!COUNTRIES.contains(country)) {
      places.problem(
          record,
          key,
          "'%s' is not a country: %s".formatted(key, country),
          "write its ISO 3166 code of two capital letters");
    }
  }

  private void regions(SpecificRecord record, String key, List<String> regions) {
    for (String region : regions) {
      if (!REGIONS.contains(region)) {
        places.problem(
            record,
            key,
            "'%s' has the unknown region '%s'".formatted(key, region),
            region.equals("GB")
                ? "write UK"
                : "write EU, UK, GLOBAL or a country's ISO code of two capital letters");
      }
    }
  }

  private void oneOf(SpecificRecord record, String key, String value, List<String> known) {
    if (!known.contains(value)) {
      places.problem(
          record,
          key,
          "'%s' cannot be '%s'".formatted(key, value),
          "write one of " + String.join(", ", known));
    }
  }

  private void atLeastOne(SpecificRecord record, String key, Long value) {
    if (value != null && value < 1) {
      places.problem(record, key, "'%s' is below 1".formatted(key), "write 1 or more");
    }
  }

  private void period(SpecificRecord record, Instant from, Instant to) {
    if (to != null && !to.isAfter(from)) {
      places.problem(
          record, "effective_to", "'effective_to' is not after 'effective_from'", "mend the dates");
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
