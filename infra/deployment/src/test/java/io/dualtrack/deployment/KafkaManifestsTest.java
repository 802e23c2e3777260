package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KafkaManifestsTest {

  private static final String REMEDY =
      "run io.dualtrack.deployment.KafkaManifests infra/kubernetes";

  @Test
  void topicsAreWhatTheCatalogueSays() {
    assertThat(Repository.text("infra/kubernetes/" + KafkaManifests.TOPICS))
        .as(REMEDY)
        .isEqualTo(KafkaManifests.topics());
  }

  @Test
  void usersMayDoWhatTheirComponentsMay() {
    assertThat(Repository.text("infra/kubernetes/" + KafkaManifests.USERS))
        .as(REMEDY)
        .isEqualTo(KafkaManifests.users());
  }
}
