package io.dualtrack.topology.jurisdiction;

import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.topology.admission.AdmittedRequest;

/** A request with everything that is known about where it belongs, and where it came from. */
public record TaggedRequest(
    AdmittedRequest admitted, JurisdictionTagger.Tagging.Tagged tags, Origin origin) {}
