package io.dualtrack.topology.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.InferenceRequest;

/**
 * A request that is well-formed and comes from somebody known.
 *
 * @param body the request's body, parsed; stages may take things out of it
 * @param model the model that the caller names
 * @param trace W3C traceparent of its admission; null where it is not traced
 */
public record AdmittedRequest(
    InferenceRequest request,
    ObjectNode body,
    String model,
    TenantContract contract,
    Account account,
    String trace) {

  AdmittedRequest traced(String by) {
    return new AdmittedRequest(request, body, model, contract, account, by);
  }
}
