package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DispatcherIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<DispatcherService> started = new ArrayList<>();
  private Cluster cluster;
  private Provider provider;
  private Cluster.Reader<Completion> completions;

  @BeforeAll
  static void patience() {
    Awaitility.setDefaultTimeout(PATIENCE);
  }

  @BeforeEach
  void start() throws Exception {
    cluster = new Cluster(2);
    provider = new Provider();
    completions = cluster.reader(Topics.COMPLETIONS);
  }

  @AfterEach
  void stop() throws Exception {
    provider.close();
    started.forEach(DispatcherService::close);
    completions.close();
    cluster.close();
  }

  private DispatcherService dispatcher() {
    DispatcherConfig config =
        DispatcherConfig.of(
                Lane.API,
                cluster.bootstrap(),
                "0",
                Map.of("sandbox", URI.create(provider.url())),
                Map.of())
            .withDrain(Duration.ofMillis(200));
    DispatcherService service = new DispatcherService(config, cluster.registry(), meters);
    started.add(service);
    service.start();
    return service;
  }

  private static void ready(DispatcherService service) {
    await().until(service::isReady);
  }

  private void publish(Offering offering) {
    cluster.send(Topics.OFFERINGS, offering.getId(), offering);
    cluster.flush();
  }

  private void send(DispatchOrder order) {
    cluster.send(Topics.orders(Lane.API, order.getServiceClass()), order.getCacheKey(), order);
  }

  private List<String> send(int count) {
    List<String> ids = IntStream.range(0, count).mapToObj(i -> "o-" + i).toList();
    ids.forEach(id -> send(Samples.order(id, "sol")));
    cluster.flush();
    return ids;
  }

  private void awaitCompletions(List<String> ids) {
    await()
        .untilAsserted(
            () ->
                assertThat(completions.read())
                    .extracting(Completion::getOrderId)
                    .containsExactlyInAnyOrderElementsOf(ids));
  }

  @Test
  void everyOrderHasOneCompletionAndOneCall() {
    publish(Samples.offering("sol", "sandbox"));
    List<String> ids = send(500);
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completions.read())
        .allSatisfy(
            completion -> {
              assertThat(completion.getStatus()).isEqualTo(CompletionStatus.ANSWERED);
              assertThat(completion.getRepeated()).isFalse();
              assertThat(completion.getBody())
                  .contains("\"content\":\"" + completion.getOrderId() + "\"")
                  .contains("gpt-5.6-sol-2026-09");
              assertThat(completion.getUsage().getOutput()).isEqualTo(3);
            });
    assertThat(provider.callsByKey()).hasSize(500).allSatisfy((key, n) -> assertThat(n).isOne());
  }

  @Test
  void aSlowOrderHoldsUpNobodyAndWhatIsDoneIsNotRepeatedAfterAKill() throws Exception {
    publish(Samples.offering("sol", "sandbox"));
    provider.hold("o-0");
    provider.hold("o-1");
    DispatcherService killed = dispatcher();
    ready(killed);
    List<String> ids = send(300);
    awaitCompletions(ids.subList(2, 300));

    // The second one of the same name fences the first, which never gets to stop in order.
    DispatcherService next = dispatcher();
    ready(next);
    await().until(() -> killed.stopped().isCompletedExceptionally());
    await().until(() -> provider.callsByKey().get("o-0") == 2);
    provider.release("o-0");
    provider.release("o-1");
    awaitCompletions(ids);
    assertThat(completions.read())
        .filteredOn(Completion::getRepeated)
        .extracting(Completion::getOrderId)
        .containsExactlyInAnyOrder("o-0", "o-1");
    assertThat(provider.callsByKey().entrySet())
        .filteredOn(entry -> entry.getValue() > 1)
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrder("o-0", "o-1");
  }

  @Test
  void aCleanStopTellsTheNextOwnerExactlyWhatWasSent() {
    publish(Offering.newBuilder(Samples.offering("sol", "sandbox")).setMaxConcurrency(1).build());
    provider.hold("o-0");
    DispatcherService first = dispatcher();
    ready(first);
    send(Samples.order("o-0", "sol"));
    cluster.flush();
    await().until(() -> provider.callsByKey().containsKey("o-0"));
    List<String> ids = new ArrayList<>(List.of("o-0"));
    for (int i = 1; i < 20; i++) {
      ids.add("o-" + i);
      send(Samples.order("o-" + i, "sol"));
    }
    cluster.flush();
    await().until(() -> meters.get("dualtrack.dispatcher.queued").gauge().value() == 19);
    first.close();
    assertThat(first.stopped()).isCompleted();
    provider.release("o-0");
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completions.read())
        .filteredOn(Completion::getRepeated)
        .extracting(Completion::getOrderId)
        .containsExactly("o-0");
  }

  @Test
  void aSuspendedProviderIsNotCalled() {
    publish(Samples.offering("sol", "sandbox"));
    cluster.send(
        Topics.SUSPENSIONS,
        "PROVIDER:openai",
        Samples.suspension(SuspensionScope.PROVIDER, "openai", true, 1));
    List<String> ids = send(50);
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completions.read())
        .allMatch(completion -> completion.getStatus() == CompletionStatus.SUSPENDED)
        .allMatch(completion -> completion.getCalls() == 0);
    assertThat(provider.callsByKey()).isEmpty();
  }

  @Test
  void interactiveOrdersGoFirst() {
    publish(Offering.newBuilder(Samples.offering("sol", "sandbox")).setMaxConcurrency(1).build());
    provider.hold("gate");
    send(Samples.order("gate", "sol"));
    cluster.flush();
    ready(dispatcher());
    await().until(() -> provider.callsByKey().containsKey("gate"));
    List<String> ids = new ArrayList<>(List.of("gate", "urgent"));
    for (int i = 0; i < 20; i++) {
      ids.add("batch-" + i);
      send(Samples.order("batch-" + i, "sol"));
    }
    send(
        DispatchOrder.newBuilder(Samples.order("urgent", "sol"))
            .setServiceClass(ServiceClass.INTERACTIVE)
            .build());
    cluster.flush();
    await().until(() -> meters.get("dualtrack.dispatcher.queued").gauge().value() == 21);
    provider.release("gate");
    awaitCompletions(ids);
    assertThat(provider.order()).startsWith("gate", "urgent");
  }

  @Test
  void anOrderThatCannotBeReadIsADeadLetterAndStopsNobody() {
    publish(Samples.offering("sol", "sandbox"));
    ready(dispatcher());
    cluster.sendRaw(
        Topics.ORDERS_API_BATCH, "poison", "secret prompt".getBytes(StandardCharsets.UTF_8));
    cluster.sendRaw(Topics.ORDERS_API_BATCH, "unknown", new byte[] {0, 0, 0, 99, 99, 1, 2});
    List<String> ids = send(20);
    awaitCompletions(ids);
    try (Cluster.Reader<DeadLetter> letters = cluster.reader(Topics.DEAD_LETTERS)) {
      await().until(() -> letters.read().size() == 2);
      assertThat(letters.read())
          .allSatisfy(
              letter -> {
                assertThat(letter.getTopic()).isEqualTo(Topics.ORDERS_API_BATCH.name());
                assertThat(letter.getErrorMessage()).doesNotContain("secret");
              });
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        cluster.committed("dualtrack-dispatcher-api").entrySet().stream()
                            .filter(e -> e.getKey().topic().equals(Topics.ORDERS_API_BATCH.name()))
                            .mapToLong(e -> e.getValue().offset())
                            .sum())
                    .isEqualTo(22));
  }
}
