package io.dualtrack.policy;

import io.dualtrack.schemas.Account;
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
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;

/** Records for tests, as plain as they can be; tests change what matters to them. */
public final class PolicyRecords {

  public static final Instant START = Instant.parse("2026-11-21T08:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private PolicyRecords() {}

  public static Tenant.Builder tenant(String id) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(id)
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of(new ModelContract("gpt", List.of("llama"), List.of())))
        .setCache(new CacheContract(true, 600L, false))
        .setAccounts(
            List.of(
                Account.newBuilder()
                    .setId("seat-1")
                    .setCostCentre("research")
                    .setPayment("card-1")
                    .build()));
  }

  public static Offering.Builder offering(String id, String model, Lane lane) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model + "-2026")
        .setProvider(lane == Lane.API ? "openai" : "home")
        .setLane(lane)
        .setWeights(lane == Lane.API ? Weights.CLOSED : Weights.OPEN)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(10)
        .setTimeoutSeconds(60)
        .setEffectiveFrom(Instant.EPOCH);
  }

  public static Rule.Builder rule(String id, RuleEffect effect, String condition) {
    return Rule.newBuilder()
        .setId(id)
        .setVersion(1)
        .setSource("house")
        .setConfidence(RuleConfidence.HOUSE)
        .setEffect(effect)
        .setCondition(condition)
        .setCode(id.toUpperCase(java.util.Locale.ROOT).replace('-', '_'))
        .setReason("because of " + id)
        .setOwner("compliance")
        .setEffectiveFrom(Instant.EPOCH);
  }

  public static PolicyBundle policy(String version, Rule... rules) {
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion(version)
        .setPublishedAt(START)
        .setRules(List.of(rules))
        .build();
  }
}
