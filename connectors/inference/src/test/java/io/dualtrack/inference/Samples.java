package io.dualtrack.inference;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Weights;
import java.time.Instant;
import java.util.List;

/** Records that tests start from. */
public final class Samples {

  static {
    AvroSerde.trustRecords();
  }

  private Samples() {}

  public static Offering offering(String id, String endpoint) {
    return Offering.newBuilder()
        .setId(id)
        .setModel("gpt-5.6-sol")
        .setProviderModel("gpt-5.6-sol-2026-09")
        .setProvider("openai")
        .setLane(Lane.API)
        .setWeights(Weights.CLOSED)
        .setDialect("openai")
        .setEndpoint(endpoint)
        .setProcessingRegions(List.of("US"))
        .setStorageRegions(List.of("US"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(100)
        .setTimeoutSeconds(30)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  public static DispatchOrder order(String id, String offering) {
    return DispatchOrder.newBuilder()
        .setOrderId(id)
        .setCacheKey("key-" + id)
        .setFlight("flight-" + id)
        .setRequestId("request-" + id)
        .setTenant("acme")
        .setAccount("acme-1")
        .setOffering(offering)
        .setLane(Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setAttempt(1)
        .setEndpoint("/v1/chat/completions")
        .setBody(
            "{\"model\":\"gpt-5.6-sol\",\"messages\":[{\"role\":\"user\",\"content\":\""
                + id
                + "\"}]}")
        .setSuspensionEpoch(0)
        .setCreatedAt(Instant.now())
        .setDeadline(Instant.now().plusSeconds(600))
        .build();
  }

  public static Suspension suspension(
      SuspensionScope scope, String id, boolean suspended, long epoch) {
    return Suspension.newBuilder()
        .setScope(scope)
        .setId(id)
        .setSuspended(suspended)
        .setReason("letter of the regulator")
        .setActor("officer")
        .setAt(Instant.EPOCH)
        .setEpoch(epoch)
        .build();
  }
}
