package io.dualtrack.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.Tenants;
import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.models.ModelStanding.OfferingStanding;
import io.dualtrack.gateway.models.ModelStanding.Why;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Drill;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Weights;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelCatalogueTest {

  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private final Tenant tenant =
      Tenants.tenant("acme", TenantStatus.ACTIVE, null, Tenants.account("a", "dt-key-0123456789"));

  @Test
  void aModelOfTheContractIsUsableThroughItsOfferingsAndThoseOfItsSubstitutes() {
    ModelStanding sol =
        find(List.of(), offering("sol-eu", "gpt-5.6-sol"), offering("llama", "llama-3.1-405b"));

    assertThat(sol.usable()).isTrue();
    assertThat(sol.offerings())
        .extracting(OfferingStanding::offering)
        .containsExactly("sol-eu", "llama");
  }

  @Test
  void aModelThatTheContractDoesNotNameIsNotUsableAndSaysSo() {
    ModelStanding other =
        catalogue(List.of(), offering("kimi", "kimi-k2.7")).find("kimi-k2.7").orElseThrow();

    assertThat(other.usable()).isFalse();
    assertThat(other.reasons()).extracting(Why::code).containsExactly("NOT_IN_CONTRACT");
  }

  @Test
  void theKillSwitchTakesOfferingsOutWithItsReason() {
    Suspension pulled =
        Suspension.newBuilder()
            .setScope(SuspensionScope.PROVIDER)
            .setId("openai")
            .setSuspended(true)
            .setReason("letter")
            .setActor("ann")
            .setAt(NOW)
            .setEpoch(1)
            .build();

    ModelStanding sol = find(List.of(pulled), offering("sol-eu", "gpt-5.6-sol"));

    assertThat(sol.usable()).isFalse();
    assertThat(sol.offerings().get(0).reasons())
        .containsExactly(new Why("SUSPENDED", "The provider openai is suspended."));
  }

  @Test
  void whatEndsIsNotEffectiveAnyMoreAndWhatIsForOthersSaysSo() {
    Offering ended = Offering.newBuilder(offering("a", "gpt-5.6-sol")).setEffectiveTo(NOW).build();
    Offering partners =
        Offering.newBuilder(offering("b", "gpt-5.6-sol"))
            .setExportState(ExportState.PARTNERS_ONLY)
            .setPartners(List.of("globex"))
            .build();
    Offering named = Offering.newBuilder(offering("c", "gpt-5.6-sol")).setByContract(true).build();

    ModelStanding sol = find(List.of(), ended, partners, named);

    assertThat(sol.offerings())
        .extracting(each -> each.reasons().get(0).code())
        .containsExactly("NOT_EFFECTIVE", "PARTNERS_ONLY", "BY_CONTRACT");
    assertThat(sol.usable()).isFalse();
  }

  @Test
  void aModelOfTheContractThatNobodyServesIsListedAndSaysSo() {
    ModelStanding sol = find(List.of());

    assertThat(sol.usable()).isFalse();
    assertThat(sol.reasons()).extracting(Why::code).containsExactly("NO_OFFERING");
  }

  @Test
  void anOfferingOutsideTheContractsRegionsSaysWhichOnesItMayBeIn() {
    tenant.setProcessingRegions(List.of("CH"));
    tenant.setStorageRegions(List.of("EU", "CH"));

    ModelStanding sol = find(List.of(), offering("sol-eu", "gpt-5.6-sol"));

    assertThat(sol.offerings().get(0).reasons())
        .containsExactly(
            new Why("PROC_REGION", "The contract allows CH, and the offering is in EU."));
  }

  @Test
  void aSuspensionThatWasLiftedOrIsOfSomethingElseTakesNothingOut() {
    Suspension.Builder lifted =
        Suspension.newBuilder()
            .setScope(SuspensionScope.MODEL)
            .setId("gpt-5.6-sol")
            .setSuspended(false)
            .setReason("over")
            .setActor("ann")
            .setAt(NOW)
            .setEpoch(2);
    Suspension other =
        Suspension.newBuilder(lifted.build())
            .setScope(SuspensionScope.OFFERING)
            .setId("another")
            .setSuspended(true)
            .build();

    ModelStanding sol = find(List.of(lifted.build(), other), offering("sol-eu", "gpt-5.6-sol"));

    assertThat(sol.usable()).isTrue();
  }

  @Test
  void aDrillOfAllRequestsTakesOfferingsOutUntilItIsOverAndOneOfAShareDoesNot() {
    Offering offering = offering("sol-eu", "gpt-5.6-sol");

    assertThat(find(List.of(drill("100", NOW.plusSeconds(60))), offering).offerings().get(0))
        .satisfies(
            standing ->
                assertThat(standing.reasons())
                    .containsExactly(
                        new Why(
                            "DRILL",
                            "The provider openai is left out in a drill until 2026-11-21T12:01:00Z.")));
    assertThat(find(List.of(drill("100", NOW)), offering).usable()).isTrue();
    assertThat(find(List.of(drill("10", NOW.plusSeconds(60))), offering).usable()).isTrue();
  }

  private static Suspension drill(String percent, Instant expiresAt) {
    return Suspension.newBuilder()
        .setScope(SuspensionScope.DRILL)
        .setId("PROVIDER:openai")
        .setSuspended(false)
        .setState(ExportState.OPEN)
        .setReason("quarterly")
        .setActor("ann")
        .setAt(NOW)
        .setEpoch(1)
        .setDrill(
            new Drill(
                "d1",
                SuspensionScope.PROVIDER,
                "openai",
                new BigDecimal(percent).setScale(18),
                expiresAt))
        .build();
  }

  @Test
  void aListedPartnerIsNoOutsider() {
    Offering partners =
        Offering.newBuilder(offering("b", "gpt-5.6-sol"))
            .setExportState(ExportState.PARTNERS_ONLY)
            .setPartners(List.of("acme"))
            .build();

    assertThat(find(List.of(), partners).usable()).isTrue();
  }

  private ModelStanding find(List<Suspension> suspensions, Offering... offerings) {
    return catalogue(suspensions, offerings).find("gpt-5.6-sol").orElseThrow();
  }

  private ModelCatalogue catalogue(List<Suspension> suspensions, Offering... offerings) {
    return new ModelCatalogue(
        tenant,
        new ControlSnapshot(
            Map.of(tenant.getId(), tenant),
            Stream.of(offerings).collect(Collectors.toMap(Offering::getId, Function.identity())),
            suspensions.stream()
                .collect(
                    Collectors.toMap(
                        each -> each.getScope() + ":" + each.getId(), Function.identity()))),
        NOW);
  }

  private static Offering offering(String id, String model) {
    return Offering.newBuilder()
        .setId(id)
        .setModel(model)
        .setProviderModel(model)
        .setProvider("openai")
        .setLane(Lane.API)
        .setWeights(Weights.CLOSED)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(1)
        .setTimeoutSeconds(1)
        .setEffectiveFrom(Instant.parse("2026-01-01T00:00:00Z"))
        .build();
  }
}
