package io.dualtrack.topology.jurisdiction;

import io.dualtrack.schemas.Relations;
import java.util.Optional;

/**
 * Where a request came from, without its address.
 *
 * @param network keyed fingerprint of the network; empty where the address is not known
 * @param country ISO 3166-1 alpha-2; empty where unknown, or where address files disagree
 * @param asn number of the autonomous system; 0 where unknown
 * @param hosting whether the network belongs to a hosting provider or a VPN
 */
public record Origin(Optional<String> network, String country, long asn, boolean hosting) {

  /** Puts it into relations; a network that the producer knows itself stays. */
  public void tell(Relations relations) {
    if (relations.getNetwork() == null) {
      relations.setNetwork(network.orElse(null));
    }
    relations.setCountry(country.isEmpty() ? null : country);
    relations.setAsn(asn);
    relations.setHosting(hosting);
  }
}
