package io.dualtrack.review;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleConfidence;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Records of a year, as plain as they can be. */
public final class ReviewRecords {

  public static final Instant JANUARY = Instant.parse("2026-01-01T00:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private ReviewRecords() {}

  public static RoutingDecision decision(Instant at, long epoch) {
    return RoutingDecision.newBuilder()
        .setRequestId("r-" + epoch)
        .setTenant("acme")
        .setAccount("subject:x")
        .setAttempt(1)
        .setDecidedAt(at)
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of("EU"))
        .setModel("gpt")
        .setPolicy("house")
        .setPolicyVersion("1")
        .setSuspensionEpoch(epoch)
        .setCandidates(List.of())
        .setPermitted(List.of())
        .setRefusal(List.of())
        .build();
  }

  public static PolicyBundle policy(String version, Rule... rules) {
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion(version)
        .setPublishedAt(JANUARY)
        .setRules(List.of(rules))
        .build();
  }

  public static Rule rule(String id, String condition) {
    return Rule.newBuilder()
        .setId(id)
        .setVersion(1)
        .setSource("house")
        .setConfidence(RuleConfidence.HOUSE)
        .setEffect(RuleEffect.DENY)
        .setCondition(condition)
        .setCode(id.toUpperCase(Locale.ROOT).replace('-', '_'))
        .setReason("because")
        .setOwner("compliance")
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  public static Suspension suspension(ExportState state, long epoch, Instant at) {
    return Suspension.newBuilder()
        .setScope(SuspensionScope.OFFERING)
        .setId("sol")
        .setSuspended(state != ExportState.OPEN)
        .setState(state)
        .setReason("a, letter")
        .setActor("ann")
        .setApprover(state == ExportState.OPEN ? "bob" : null)
        .setAt(at)
        .setEpoch(epoch)
        .build();
  }

  public static Tenant tenant() {
    return Tenant.newBuilder()
        .setId("acme")
        .setName("acme")
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of("EU"))
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(
            List.of(
                ModelContract.newBuilder()
                    .setModel("gpt")
                    .setSubstitutes(List.of("llama"))
                    .build()))
        .setCache(new CacheContract(true, 600L, false))
        .setAccounts(List.<Account>of())
        .build();
  }

  public static Offering offering(String id, String model, Lane lane) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model)
        .setProvider("openai")
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
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }
}
