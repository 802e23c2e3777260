package io.dualtrack.policy;

import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.AttestationExpiry;
import io.dualtrack.schemas.Offering;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What rules may know of an offering, while no attestation of it ends.
 *
 * @param from first moment that this holds at
 * @param until first moment that it does not hold at any more
 */
record OfferingSide(Side side, Instant from, Instant until) {

  static OfferingSide of(Offering offering, CompiledBundle bundle, Instant at) {
    Instant from = Instant.MIN;
    Instant until = Instant.MAX;
    List<String> attestations = new ArrayList<>(offering.getAttestations());
    for (AttestationExpiry expiry : offering.getAttestationExpiry()) {
      if (expiry.getExpires().isAfter(at)) {
        until = expiry.getExpires().isBefore(until) ? expiry.getExpires() : until;
      } else {
        attestations.remove(expiry.getName());
        from = expiry.getExpires().isAfter(from) ? expiry.getExpires() : from;
      }
    }
    return new OfferingSide(
        new Side(variables(offering, List.copyOf(attestations), bundle), bundle.expressions()),
        from,
        until);
  }

  boolean holdsAt(Instant at) {
    return !at.isBefore(from) && at.isBefore(until);
  }

  private static Map<String, Object> variables(
      Offering offering, List<String> attestations, CompiledBundle bundle) {
    Map<String, Object> variables = new HashMap<>(64);
    variables.putAll(bundle.lists());
    variables.put("offering", offering.getId());
    variables.put("offering_model", offering.getModel());
    variables.put("provider", offering.getProvider());
    variables.put("lane", offering.getLane().name());
    variables.put("weights", offering.getWeights().name());
    variables.put("tier", offering.getTier().name());
    variables.put("licence", Optional.ofNullable(offering.getLicence()).orElse(""));
    variables.put("provider_country", offering.getProviderCountry());
    variables.put(
        "owner_country",
        Optional.ofNullable(offering.getOwnerCountry()).orElse(offering.getProviderCountry()));
    variables.put("export_state", offering.getExportState().name());
    variables.put("processing", offering.getProcessingRegions());
    variables.put("storage", offering.getStorageRegions());
    variables.put("attestations", attestations);
    variables.put("restrictions", offering.getRestrictions());
    // What is not known restricts: it may train, and keeps for longer than anybody may ask.
    variables.put("may_train", !Boolean.FALSE.equals(offering.getTrainingUse()));
    variables.put(
        "retention_days",
        offering.getRetentionDays() == null
            ? RequestProfile.NO_LIMIT
            : offering.getRetentionDays().longValue());
    return variables;
  }
}
