package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dispatcher and the sandbox's own batch endpoints, topic in, topic out. */
class ProviderBatchIT {

  private static final String UNENDING = "{\"delay_ms\":600000}";
  private static final String PROMPT = "{\"delay_ms\":0}";

  private static Cluster cluster;
  private static int tests;

  private final List<DispatcherService> started = new ArrayList<>();
  private final String offering = "t" + ++tests;
  private BatchSandbox sandbox;
  private Cluster.Reader<Completion> completions;

  @BeforeAll
  static void startCluster() throws Exception {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(2));
    cluster = new Cluster(2);
  }

  @AfterAll
  static void stopCluster() throws Exception {
    Awaitility.reset();
    cluster.close();
  }

  @BeforeEach
  void start() throws Exception {
    sandbox = new BatchSandbox(Behaviour.PROMPT);
    completions = cluster.reader(Topics.COMPLETIONS);
  }

  @AfterEach
  void stop() {
    started.forEach(DispatcherService::close);
    sandbox.close();
    completions.close();
  }

  private void offer(String dialect) {
    Offering offered = Samples.offering(offering, "sandbox");
    offered.setDialect(dialect);
    offered.setProviderModel(BatchSandbox.MODEL);
    offered.setKeyVariable("KEY");
    offered.setBatchWindowSeconds(3_600L);
    cluster.send(Topics.OFFERINGS, offered.getId(), offered);
    cluster.flush();
  }

  private DispatcherService dispatcher() {
    DispatcherConfig config =
        DispatcherConfig.of(
                Lane.API,
                KafkaAccess.at(cluster.bootstrap()),
                "0",
                Map.of("sandbox", URI.create(sandbox.uri() + "/:dialect/:offering/v1")),
                Map.of("KEY", "sk-secret"))
            .withDrain(Duration.ofMillis(200))
            .withBatchTimes(Duration.ofSeconds(2), Duration.ofMillis(200));
    DispatcherService service =
        new DispatcherService(config, cluster.registry(), new SimpleMeterRegistry());
    started.add(service);
    service.start();
    await().until(service::isReady);
    return service;
  }

  private void send(int count, Duration deadline) {
    for (int i = 0; i < count; i++) {
      DispatchOrder order = Samples.order(offering + "-" + i, offering);
      order.setCacheKey("one-partition");
      order.setDeadline(Instant.now().plus(deadline));
      cluster.send(Topics.ORDERS_API_BATCH, order.getCacheKey(), order);
    }
    cluster.flush();
  }

  private List<Completion> completed() {
    return completions.read().stream()
        .filter(each -> each.getOrderId().startsWith(offering + "-"))
        .toList();
  }

  private void awaitCompletions(int count) {
    await().untilAsserted(() -> assertThat(completed()).hasSize(count));
    assertThat(completed()).extracting(Completion::getOrderId).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void ordersThatCanWaitAreAnsweredByABatchAndWhatExpiredThereByCalls(String dialect)
      throws Exception {
    sandbox.set("{\"delay_ms\":1000,\"expire_share\":0.4}");
    offer(dialect);
    dispatcher();
    send(20, Duration.ofHours(24));

    awaitCompletions(20);
    assertThat(completed()).allMatch(each -> each.getStatus() == CompletionStatus.ANSWERED);
    long batched = completed().stream().filter(each -> each.getTier().equals("batch")).count();
    assertThat(batched).isBetween(1L, 19L);
    assertThat(completed()).allSatisfy(each -> assertThat(each.getUsage()).isNotNull());
    assertThat(sandbox.directCalls(offering)).isEqualTo(20 - batched);
    assertThat(sandbox.made()).isEqualTo(1);
    await().untilAsserted(() -> assertThat(sandbox.kept(dialect)).isZero());
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void ordersThatCannotWaitAreCalled(String dialect) throws Exception {
    offer(dialect);
    dispatcher();
    send(5, Duration.ofMinutes(30));
    awaitCompletions(5);
    assertThat(completed()).allMatch(each -> each.getTier().equals("standard"));
    assertThat(sandbox.made()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aBatchIsSubmittedOnceThoughTheAnswerWasLostAndTheProcessToo(String dialect)
      throws Exception {
    sandbox.set("{\"delay_ms\":600000,\"lost_answers\":1}");
    offer(dialect);
    DispatcherService first = dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> sandbox.made() == 1);
    first.close();

    dispatcher().close();
    sandbox.set(PROMPT);
    dispatcher();

    awaitCompletions(10);
    assertThat(completed()).allMatch(each -> each.getTier().equals("batch"));
    assertThat(sandbox.made()).isEqualTo(1);
    assertThat(sandbox.directCalls(offering)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aBatchThatIsKnownIsFollowedByTheNextProcess(String dialect) throws Exception {
    sandbox.set(UNENDING);
    offer(dialect);
    DispatcherService first = dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> sandbox.made() == 1);
    first.close();

    dispatcher();
    sandbox.set(PROMPT);

    awaitCompletions(10);
    assertThat(completed()).allMatch(each -> each.getTier().equals("batch"));
    assertThat(sandbox.made()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aSuspensionCancelsTheBatchAndItsLinesSayByWhichCommand(String dialect) throws Exception {
    sandbox.set(UNENDING);
    offer(dialect);
    dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> sandbox.status(dialect).contains("in_progress"));

    cluster.send(
        Topics.SUSPENSIONS,
        "OFFERING:" + offering,
        Samples.suspension(SuspensionScope.OFFERING, offering, true, 7));
    cluster.flush();

    awaitCompletions(10);
    assertThat(completed()).allMatch(each -> each.getStatus() == CompletionStatus.SUSPENDED);
    assertThat(completed()).allMatch(each -> each.getSuspensionEpoch() == 7);
    assertThat(sandbox.cancelled()).isEqualTo(1);
    assertThat(sandbox.directCalls(offering)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aBatchWhoseOfferingIsWithdrawnIsCancelledEvenByTheNextProcess(String dialect)
      throws Exception {
    sandbox.set(UNENDING);
    offer(dialect);
    DispatcherService first = dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> sandbox.status(dialect).contains("in_progress"));
    first.close();
    cluster.sendRaw(Topics.OFFERINGS, offering, null);
    cluster.flush();

    dispatcher();

    awaitCompletions(10);
    assertThat(completed())
        .allSatisfy(
            each -> {
              assertThat(each.getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
              assertThat(each.getErrorCode()).isEqualTo("unknown_offering");
            });
    assertThat(sandbox.cancelled()).isEqualTo(1);
    assertThat(sandbox.directCalls(offering)).isZero();
  }
}
