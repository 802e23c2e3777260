package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.ServiceClass;
import java.time.Instant;

/** Makes requests of a batch's lines. */
final class BatchRequests {

  private BatchRequests() {}

  static InferenceRequest of(BatchState batch, InputLine.Accepted line, Instant now) {
    return InferenceRequest.newBuilder()
        .setRequestId(BatchIds.request(batch.getBatchId(), line.number()))
        .setTenant(batch.getTenant())
        .setAccount(batch.getAccount())
        .setReplyKey(batch.getBatchId())
        .setCustomId(line.customId())
        .setLine(line.number())
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint(batch.getEndpoint())
        .setBody(line.body())
        .setAttributes(batch.getAttributes())
        .setClientAddress(batch.getClientAddress())
        .setCostCentre(batch.getCostCentre())
        .setSubmittedAt(now)
        .setDeadline(batch.getDeadline())
        .build();
  }
}
