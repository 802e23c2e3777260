package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
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
import org.junit.jupiter.api.Test;

class ProviderBatchIT {

  private static Cluster cluster;
  private static int tests;

  private final List<DispatcherService> started = new ArrayList<>();
  private final String prefix = "t" + ++tests + "-";
  private BatchProvider provider;
  private Cluster.Reader<Completion> completions;

  @BeforeAll
  static void startCluster() throws Exception {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(45));
    cluster = new Cluster(2);
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
  }

  @BeforeEach
  void start() throws Exception {
    provider = new BatchProvider();
    completions = cluster.reader(Topics.COMPLETIONS);
    Offering offering = Samples.offering(prefix + "sol", "batches");
    offering.setBatchWindowSeconds(3_600L);
    cluster.send(Topics.OFFERINGS, offering.getId(), offering);
    cluster.flush();
  }

  @AfterEach
  void stop() {
    started.forEach(DispatcherService::close);
    provider.close();
    completions.close();
  }

  private DispatcherService dispatcher() {
    DispatcherConfig config =
        DispatcherConfig.of(
                Lane.API,
                cluster.bootstrap(),
                "0",
                Map.of("batches", URI.create(provider.url())),
                Map.of())
            .withDrain(Duration.ofMillis(200))
            .withBatchTimes(Duration.ofMillis(300), Duration.ofMillis(200));
    DispatcherService service =
        new DispatcherService(config, cluster.registry(), new SimpleMeterRegistry());
    started.add(service);
    service.start();
    await().until(service::isReady);
    return service;
  }

  private void send(int count, Duration deadline) {
    for (int i = 0; i < count; i++) {
      DispatchOrder order = Samples.order(prefix + i, prefix + "sol");
      order.setCacheKey("one-partition");
      order.setDeadline(Instant.now().plus(deadline));
      cluster.send(Topics.ORDERS_API_BATCH, order.getCacheKey(), order);
    }
    cluster.flush();
  }

  private List<Completion> completed() {
    return completions.read().stream()
        .filter(each -> each.getOrderId().startsWith(prefix))
        .toList();
  }

  private void awaitCompletions(int count) {
    await().untilAsserted(() -> assertThat(completed()).hasSize(count));
    assertThat(completed()).extracting(Completion::getOrderId).doesNotHaveDuplicates();
  }

  private int linesAtTheProvider() {
    return provider.batches().size();
  }

  @Test
  void ordersThatCanWaitAreAnsweredByABatchAndWhatExpiredThereByCalls() {
    dispatcher();
    send(20, Duration.ofHours(24));
    await().until(() -> linesAtTheProvider() == 1);
    assertThat(provider.calls()).isEmpty();
    ObjectNode batch = provider.batches().get(0);

    provider.end(batch, "expired", 15);

    awaitCompletions(20);
    assertThat(completed()).allMatch(each -> each.getStatus() == CompletionStatus.ANSWERED);
    assertThat(completed()).filteredOn(each -> each.getTier().equals("batch")).hasSize(15);
    assertThat(provider.calls()).hasSize(5);
    await().until(() -> provider.deleted().size() == 3);
  }

  @Test
  void ordersThatCannotWaitAreCalled() {
    dispatcher();
    send(5, Duration.ofMinutes(30));
    awaitCompletions(5);
    assertThat(provider.batches()).isEmpty();
  }

  @Test
  void aBatchIsSubmittedOnceThoughTheAnswerWasLostAndTheProcessToo() {
    provider.loseAnswerOfCreate();
    DispatcherService first = dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> linesAtTheProvider() == 1);
    first.close();

    DispatcherService second = dispatcher();
    second.close();
    dispatcher();
    provider.end(provider.batches().get(0), "completed", 10);

    awaitCompletions(10);
    assertThat(provider.batches()).hasSize(1);
    assertThat(provider.calls()).isEmpty();
  }

  @Test
  void aSuspensionCancelsTheBatch() {
    dispatcher();
    send(10, Duration.ofHours(24));
    await().until(() -> linesAtTheProvider() == 1);

    cluster.send(
        Topics.SUSPENSIONS,
        "OFFERING:" + prefix + "sol",
        Samples.suspension(SuspensionScope.OFFERING, prefix + "sol", true, 1));
    cluster.flush();

    awaitCompletions(10);
    assertThat(completed()).allMatch(each -> each.getStatus() == CompletionStatus.SUSPENDED);
    assertThat(provider.batches().get(0).path("status").asText()).isEqualTo("cancelled");
    assertThat(provider.calls()).isEmpty();
  }
}
