package io.dualtrack.topology.jurisdiction;

import com.google.common.net.InetAddresses;
import io.dualtrack.bodies.FeatureExtractor;
import java.net.InetAddress;
import java.util.Optional;

/** What addresses tell beside their countries, for the search for accounts that belong together. */
public final class Origins {

  private final AddressCountries addresses;
  private final HostingNetworks hosting;
  private final FeatureExtractor features;

  /**
   * @param addresses whose files may tell autonomous systems too
   * @param features whose secret fingerprints are keyed with
   */
  public Origins(AddressCountries addresses, HostingNetworks hosting, FeatureExtractor features) {
    this.addresses = addresses;
    this.hosting = hosting;
    this.features = features;
  }

  /**
   * @param address in text form; null for none
   * @param country what the address files say together; empty where unknown
   */
  Origin of(String address, String country) {
    if (address == null || !InetAddresses.isInetAddress(address.strip())) {
      return new Origin(Optional.empty(), country, 0, false);
    }
    InetAddress inet = InetAddresses.forString(address.strip());
    return new Origin(
        features.network(address), country, addresses.system(inet), hosting.holds(inet));
  }
}
