package io.dualtrack.faults;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleConfidence;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * One tenant, two models, one provider that is to be suspended: the one model is nowhere else, so
 * its requests are refused; the other has a substitute at home, so its requests go there.
 */
final class SuspensionControl {

  static final String TENANT = "acme";
  static final String KEY = "dt-local-acme";
  static final String PROVIDER = "openai";
  static final String NOWHERE_ELSE = "gpt-5.6-sol";
  static final String WITH_SUBSTITUTE = "gpt-5.6-luna";
  static final String SUBSTITUTE = "llama-3.1-405b";

  /** Offering of the substitute. */
  static final String AT_HOME_OFFERING = "llama";

  /** US dollars for a token of the provider's models, and of the one at home. */
  static final BigDecimal PER_TOKEN = new BigDecimal("0.00001");

  static final BigDecimal AT_HOME = new BigDecimal("0.000001");

  private SuspensionControl() {}

  /**
   * @param lines of batches that may be in flight
   */
  static ControlSet records(int concurrency, int lines) {
    AvroSerde.trustRecords();
    return new ControlSet(
        List.of(tenant(lines)),
        List.of(
            offering("sol", NOWHERE_ELSE, PROVIDER, Lane.API, concurrency / 2),
            offering("luna", WITH_SUBSTITUTE, PROVIDER, Lane.API, concurrency - concurrency / 2),
            offering(AT_HOME_OFFERING, SUBSTITUTE, "home", Lane.LOCAL, concurrency)),
        List.of(policy()),
        List.of());
  }

  /** The same with prices: the substitute costs a tenth. */
  static ControlSet pricedRecords(int concurrency, int lines) {
    ControlSet records = records(concurrency, lines);
    return new ControlSet(
        records.tenants(),
        records.offerings(),
        records.policies(),
        List.of(
            price("sol", PER_TOKEN), price("luna", PER_TOKEN), price(AT_HOME_OFFERING, AT_HOME)));
  }

  /** One for all tokens, so that what anything costs can be said without a price book. */
  private static Price price(String offering, BigDecimal perToken) {
    return Price.newBuilder()
        .setPriceId(offering + "@1970-01-01")
        .setVersion("1")
        .setOffering(offering)
        .setCurrency("USD")
        .setEffectiveFrom(Instant.EPOCH)
        .setRates(
            Stream.of("UNCACHED_INPUT", "CACHE_READ", "OUTPUT")
                .map(
                    each ->
                        Rate.newBuilder()
                            .setTokenClass(each)
                            .setPerToken(perToken.setScale(PriceBook.SCALE))
                            .build())
                .toList())
        .build();
  }

  /** With the account of the shipped tenant, because that has the key. */
  private static Tenant tenant(int lines) {
    Tenant shipped =
        ShippedControl.read().tenants().stream()
            .filter(tenant -> tenant.getId().equals(TENANT))
            .findFirst()
            .orElseThrow();
    return Tenant.newBuilder()
        .setId(TENANT)
        .setName(TENANT)
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("US")
        .setJurisdictions(List.of("US"))
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(
            List.of(
                contract(NOWHERE_ELSE, List.of()), contract(WITH_SUBSTITUTE, List.of(SUBSTITUTE))))
        .setCache(new CacheContract(true, 600L, false))
        .setAccounts(shipped.getAccounts())
        .setLimits(TenantLimits.newBuilder().setMaxInFlight(lines).build())
        .build();
  }

  private static ModelContract contract(String model, List<String> substitutes) {
    return ModelContract.newBuilder().setModel(model).setSubstitutes(substitutes).build();
  }

  private static Offering offering(
      String id, String model, String provider, Lane lane, int concurrency) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model)
        .setProvider(provider)
        .setLane(lane)
        .setWeights(lane == Lane.API ? Weights.CLOSED : Weights.OPEN)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("US"))
        .setStorageRegions(List.of("US"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(Math.max(1, concurrency))
        .setTimeoutSeconds(120)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  private static PolicyBundle policy() {
    Rule rule =
        Rule.newBuilder()
            .setId("embargo")
            .setVersion(1)
            .setSource("house")
            .setConfidence(RuleConfidence.HOUSE)
            .setEffect(RuleEffect.DENY)
            .setCondition("declared_country == 'KP'")
            .setCode("EMBARGOED")
            .setReason("no requests from there")
            .setOwner("compliance")
            .setEffectiveFrom(Instant.EPOCH)
            .build();
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion("1")
        .setPublishedAt(Instant.EPOCH)
        .setRules(List.of(rule))
        .build();
  }
}
