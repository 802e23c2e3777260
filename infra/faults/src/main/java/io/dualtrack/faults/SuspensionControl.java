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
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleConfidence;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;

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
            offering("llama", SUBSTITUTE, "home", Lane.LOCAL, concurrency)),
        List.of(policy()),
        List.of());
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
