package io.dualtrack.topology.jurisdiction;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.schemas.Relations;
import java.util.List;
import org.junit.jupiter.api.Test;

class OriginsTest {

  private final Origins origins =
      new Origins(
          AddressCountries.open(List.of()),
          HostingNetworks.shipped(),
          new FeatureExtractor(new byte[32], 1));

  @Test
  void addressesOfHostingProvidersAreKnown() {
    // DigitalOcean and Hetzner; Deutsche Telekom and a private network.
    assertThat(origins.of("104.131.0.1", "US").hosting()).isTrue();
    assertThat(origins.of("88.198.0.1", "DE").hosting()).isTrue();
    assertThat(origins.of("87.128.0.1", "DE").hosting()).isFalse();
    assertThat(origins.of("10.0.0.1", "").hosting()).isFalse();
    assertThat(origins.of("0.0.0.0", "").hosting()).isFalse();
    assertThat(origins.of("255.255.255.255", "").hosting()).isFalse();
  }

  @Test
  void withoutAnAddressNothingIsKnownButWhatTheProducerKnows() {
    Relations relations = Relations.newBuilder().setNetwork("the producer's").build();
    origins.of(null, "").tell(relations);
    assertThat(relations).isEqualTo(Relations.newBuilder().setNetwork("the producer's").build());
  }

  @Test
  void aNetworkIsAFingerprintAndTheCountryIsTold() {
    Relations relations = new Relations();
    origins.of("87.128.0.1", "DE").tell(relations);
    assertThat(relations.getNetwork()).hasSize(24).doesNotContain("87");
    assertThat(relations.getCountry()).isEqualTo("DE");
    assertThat(relations.getAsn()).as("the shipped file tells none").isZero();
  }
}
