package io.dualtrack.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClientAddressTest {

  private final ClientAddress addresses = new ClientAddress(List.of("10.0.0.1", "10.0.0.2"));

  @Test
  void withoutAProxyItIsWhoeverIsAtTheOtherEnd() {
    assertThat(addresses.of("203.0.113.7", null)).isEqualTo("203.0.113.7");
  }

  @Test
  void whatSomebodyUnknownClaimsIsNotBelieved() {
    assertThat(addresses.of("203.0.113.7", "198.51.100.1")).isEqualTo("203.0.113.7");
  }

  @Test
  void aTrustedProxyTellsWhomItHeardAndNotWhatThatOneClaimed() {
    assertThat(addresses.of("10.0.0.1", "198.51.100.1, 203.0.113.7")).isEqualTo("203.0.113.7");
  }

  @Test
  void aChainOfTrustedProxiesIsFollowedToItsEnd() {
    assertThat(addresses.of("10.0.0.1", "198.51.100.1, 203.0.113.7 ,10.0.0.2"))
        .isEqualTo("203.0.113.7");
    assertThat(addresses.of("10.0.0.1", "10.0.0.2")).isEqualTo("10.0.0.2");
  }

  @Test
  void whatIsNoAddressIsHandedOnAsItIsForTheOneWhoLooksItUpToRefuse() {
    assertThat(addresses.of("10.0.0.1", "")).isEmpty();
    assertThat(addresses.of("10.0.0.1", "unknown")).isEqualTo("unknown");
  }
}
