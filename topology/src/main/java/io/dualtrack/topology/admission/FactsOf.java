package io.dualtrack.topology.admission;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.topology.cache.RequestKeys;
import io.dualtrack.topology.jurisdiction.TaggedRequest;
import java.util.List;
import java.util.Optional;

/** What each stage knows of a request for its end, the more the further it came. */
public final class FactsOf {

  private FactsOf() {}

  /** Of a request that nothing is known of but what it says itself. */
  public static RequestFacts request(InferenceRequest request) {
    return start(request).setRelations(relations(request).build()).build();
  }

  /** Of a request of a known account. */
  public static RequestFacts admitted(AdmittedRequest admitted) {
    return withAccount(admitted).build();
  }

  /** Of a request that everything is known of but its features. */
  public static RequestFacts tagged(TaggedRequest tagged, RequestKeys keys) {
    RequestFacts.Builder facts = withAccount(tagged.admitted());
    tagged.origin().tell(facts.getRelations());
    return facts
        .setInputHash(keys.inputHash())
        .setAttributes(tagged.tags().attributes())
        .setJurisdictions(tagged.tags().profile().jurisdictions())
        .build();
  }

  private static RequestFacts.Builder withAccount(AdmittedRequest admitted) {
    Account account = admitted.account();
    InferenceRequest request = admitted.request();
    return start(request)
        .setModel(admitted.model())
        .setCostCentre(Optional.ofNullable(request.getCostCentre()).orElse(account.getCostCentre()))
        .setRelations(
            relations(request)
                .setPayment(account.getPayment())
                .setAccountCreatedAt(account.getCreatedAt())
                .build())
        .setTrace(admitted.trace());
  }

  private static RequestFacts.Builder start(InferenceRequest request) {
    return RequestFacts.newBuilder()
        .setRequestId(request.getRequestId())
        .setTenant(request.getTenant())
        .setAccount(request.getAccount())
        .setReplyKey(request.getReplyKey())
        .setCustomId(request.getCustomId())
        .setLine(request.getLine())
        .setCostCentre(request.getCostCentre())
        .setModel("")
        .setServiceClass(request.getServiceClass())
        .setEndpoint(request.getEndpoint())
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of())
        .setLarge(request.getLarge())
        .setSubmittedAt(request.getSubmittedAt())
        .setDeadline(request.getDeadline());
  }

  private static Relations.Builder relations(InferenceRequest request) {
    return Relations.newBuilder()
        .setDevice(request.getDeviceFingerprint())
        .setNetwork(request.getNetworkFingerprint());
  }
}
