package io.dualtrack.topology.jurisdiction;

import io.dualtrack.topology.admission.AdmittedRequest;

/** A request of which it is known what law binds it. */
public record TaggedRequest(AdmittedRequest admitted, JurisdictionTagger.Tagging.Tagged tags) {}
