package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Topic.Cleanup;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TopicsTest {

  @Test
  void everyTopicHasANameOfItsOwn() {
    assertThat(Topics.all()).extracting(Topic::name).doesNotHaveDuplicates();
    assertThat(Topics.all()).allSatisfy(topic -> assertThat(topic.name()).startsWith("dualtrack."));
  }

  @Test
  void promptsAndAnswersAreOnShortLivedTopicsOnly() {
    Set<Class<?>> texts =
        Set.of(
            InferenceRequest.class,
            DispatchOrder.class,
            Completion.class,
            InferenceResult.class,
            ShadowPair.class,
            BudgetEvent.class);

    assertThat(Topics.all())
        .allSatisfy(topic -> assertThat(topic.text()).isEqualTo(texts.contains(topic.valueType())));
    assertThat(Topics.all().stream().filter(Topic::text))
        .allSatisfy(
            topic -> {
              assertThat(topic.cleanup()).isEqualTo(Cleanup.DELETE);
              assertThat(topic.retention()).isLessThanOrEqualTo(Duration.ofDays(7));
            });
  }

  @Test
  void requestsCompletionsAndOrdersArePartitionedAlike() {
    assertThat(Topics.REQUESTS.partitions(7)).isEqualTo(7);
    assertThat(Topics.COMPLETIONS.partitions(7)).isEqualTo(7);
    for (Lane lane : Lane.values()) {
      for (ServiceClass serviceClass : ServiceClass.values()) {
        Topic<DispatchOrder> orders = Topics.orders(lane, serviceClass);
        assertThat(orders.partitions(7)).isEqualTo(7);
        assertThat(orders.name())
            .isEqualTo(("dualtrack.orders." + lane + "." + serviceClass).toLowerCase());
      }
    }
  }
}
