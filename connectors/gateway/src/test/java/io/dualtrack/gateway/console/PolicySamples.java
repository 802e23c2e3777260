package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.Tenants;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import java.time.Instant;
import java.util.List;

/** A policy that refuses what the one before permitted. */
final class PolicySamples {

  static final String TENANT = "tried";

  static final String PROPOSED =
      """
      policies:
        - id: house
          rules:
            - id: no-switch
              version: 1
              source: <b>letter</b>
              confidence: HOUSE
              effect: DENY
              condition: 'model == "m"'
              code: NO_SWITCH
              reason: It was withdrawn
              owner: compliance
              effective_from: 2026-01-01
      """;

  private PolicySamples() {}

  /** What a script sends. */
  static String asked(String policy) {
    ObjectNode body = new JsonMapper().createObjectNode();
    body.putArray("documents").addObject().put("name", "p.yaml").put("text", policy);
    return body.toString();
  }

  static PolicyBundle inForce(Instant at) {
    return PolicyBundle.newBuilder()
        .setId("house")
        .setVersion("1")
        .setPublishedAt(at)
        .setRules(List.of())
        .build();
  }

  static Tenant tenant() {
    Tenant tenant = Tenants.tenant(TENANT, TenantStatus.ACTIVE, null);
    tenant.setModels(
        List.of(ModelContract.newBuilder().setModel("m").setSubstitutes(List.of()).build()));
    return tenant;
  }
}
