package io.dualtrack.gateway.batches;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.gateway.responses.ResponsesRequest;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.ServiceClass;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Makes requests of a batch's lines. */
final class BatchRequests {

  private BatchRequests() {}

  /**
   * @param bodies takes the large fields of a large body
   * @throws IOException if they cannot be stored
   */
  static InferenceRequest of(
      BatchState batch, InputLine.Accepted line, Instant now, LargeBodies bodies)
      throws IOException {
    InferenceRequest.Builder request =
        InferenceRequest.newBuilder()
            .setRequestId(BatchIds.request(batch.getBatchId(), line.number()))
            .setTenant(batch.getTenant())
            .setAccount(batch.getAccount())
            .setReplyKey(batch.getBatchId())
            .setCustomId(line.customId())
            .setLine(line.number())
            .setServiceClass(ServiceClass.BATCH)
            .setAttributes(batch.getAttributes())
            .setClientAddress(batch.getClientAddress())
            .setCostCentre(batch.getCostCentre())
            .setSubmittedAt(now)
            .setDeadline(batch.getDeadline());
    if (batch.getEndpoint().equals(ResponsesRequest.ENDPOINT)) {
      request.setEndpoint(ResponsesRequest.ASKED_AT);
      bodies.put(request, ResponsesRequest.toChat(asked(line)));
    } else {
      request.setEndpoint(batch.getEndpoint());
      bodies.put(request, line.body());
    }
    return request.build();
  }

  private static ObjectNode asked(InputLine.Accepted line) throws IOException {
    return JsonBody.read(line.body().getBytes(StandardCharsets.UTF_8));
  }
}
