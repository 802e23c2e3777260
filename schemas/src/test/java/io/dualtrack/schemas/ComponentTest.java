package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ComponentTest {

  static List<Topic<?>> topics() {
    return Topics.all();
  }

  @ParameterizedTest
  @MethodSource("topics")
  void everyTopicHasAReaderAndAWriter(Topic<?> topic) {
    assertThat(Component.values())
        .as("readers of %s", topic.name())
        .anyMatch(component -> component.mayRead(topic));
    assertThat(Component.values())
        .as("writers of %s", topic.name())
        .anyMatch(component -> component.mayWrite(topic));
  }

  @Test
  void textIsReadOnTheWayOfARequestWhereAnswersAreComparedAndByTheOperator() {
    assertThat(
            Stream.of(Component.values())
                .filter(
                    component ->
                        Topics.all().stream()
                            .anyMatch(topic -> topic.text() && component.mayRead(topic))))
        .containsExactly(
            Component.GATEWAY,
            Component.TOPOLOGY,
            Component.DISPATCHER_API,
            Component.DISPATCHER_LOCAL,
            Component.COMPARISON_JOB,
            Component.OPERATOR);
  }

  @Test
  void whoComparesAnswersReadsPairsAloneAndWritesNoText() {
    assertThat(Topics.all().stream().filter(Component.COMPARISON_JOB::mayRead))
        .containsExactly(Topics.SHADOW_PAIRS);
    assertThat(
            Topics.all().stream()
                .filter(topic -> topic.text() && Component.COMPARISON_JOB.mayWrite(topic)))
        .isEmpty();
  }

  @Test
  void nobodyButTheTopologyWritesTheAuditTrail() {
    assertThat(Stream.of(Component.values()).filter(component -> component.mayWrite(Topics.AUDIT)))
        .containsExactly(Component.TOPOLOGY);
  }

  @Test
  void nobodyButTheTopologyMakesTopics() {
    assertThat(
            Stream.of(Component.values())
                .filter(
                    component -> component.acls("User:x").toString().contains("operation=CREATE")))
        .containsExactly(Component.TOPOLOGY);
  }

  @Test
  void theConsoleSeesHowFarReadersAreAndReadsNothingForIt() {
    List<AclBinding> acls = Component.CONSOLE.acls("User:x");

    for (ReadingGroup group : ReadingGroup.all()) {
      assertThat(acls)
          .filteredOn(acl -> acl.pattern().name().equals(group.id()))
          .extracting(acl -> acl.entry().operation())
          .containsExactly(AclOperation.DESCRIBE);
      assertThat(group.topics()).isNotEmpty().allMatch(topic -> describes(acls, topic));
    }
  }

  private static boolean describes(List<AclBinding> acls, Topic<?> topic) {
    return acls.stream()
        .anyMatch(
            acl ->
                acl.pattern().name().equals(topic.name())
                    && acl.entry().operation() == AclOperation.DESCRIBE);
  }

  @Test
  void readersAreGroupsThatTheirComponentsMayHave() {
    assertThat(ReadingGroup.all())
        .allMatch(
            group ->
                Stream.of(Component.values())
                    .filter(component -> group.id().startsWith(component.user()))
                    .anyMatch(component -> group.topics().stream().allMatch(component::mayRead)));
  }
}
