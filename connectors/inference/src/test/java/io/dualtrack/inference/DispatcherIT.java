package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DispatcherIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static Cluster cluster;
  private static int tests;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<DispatcherService> started = new ArrayList<>();

  private static final Path FILES = Path.of("target", "dispatcher-files").toAbsolutePath();

  /** Tests share the broker, so each has an offering and orders of its own. */
  private final String prefix = "t" + ++tests + "-";

  private Provider provider;
  private Cluster.Reader<Completion> completions;

  @BeforeAll
  static void startCluster() throws Exception {
    Awaitility.setDefaultTimeout(PATIENCE);
    cluster = new Cluster(2);
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
  }

  @BeforeEach
  void start() throws Exception {
    provider = new Provider();
    completions = cluster.reader(Topics.COMPLETIONS);
  }

  @AfterEach
  void stop() {
    provider.close();
    started.forEach(DispatcherService::close);
    completions.close();
  }

  private Offering offering() {
    return Samples.offering(prefix + "sol", "sandbox");
  }

  private DispatchOrder order(String id) {
    return Samples.order(prefix + id, prefix + "sol");
  }

  private List<Completion> completed() {
    return completions.read().stream()
        .filter(each -> each.getOrderId().startsWith(prefix))
        .toList();
  }

  private int calls(String id) {
    return provider.callsByKey().getOrDefault(prefix + id, 0);
  }

  private DispatcherService dispatcher() {
    return dispatcher("0");
  }

  private DispatcherService dispatcher(String instance) {
    DispatcherConfig config =
        DispatcherConfig.of(
                Lane.API,
                KafkaAccess.at(cluster.bootstrap()),
                instance,
                Map.of("sandbox", URI.create(provider.url())),
                Map.of("DUALTRACK_FILES", FILES.toString()))
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
    ids.forEach(id -> send(order(id)));
    cluster.flush();
    return ids;
  }

  private void awaitCompletions(List<String> ids) {
    await()
        .untilAsserted(
            () ->
                assertThat(completed())
                    .extracting(Completion::getOrderId)
                    .containsExactlyInAnyOrderElementsOf(
                        ids.stream().map(id -> prefix + id).toList()));
  }

  @Test
  void everyOrderHasOneCompletionAndOneCall() {
    publish(offering());
    List<String> ids = send(500);
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completed())
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
  void anOrderThatIsCalledBackIsBrokenOffAndOneThatWaitsIsNotCalled() {
    publish(Offering.newBuilder(offering()).setMaxConcurrency(1).build());
    provider.hold(prefix + "out");
    ready(dispatcher());
    for (String id : new String[] {"out", "waits"}) {
      send(interactive(id).build());
      cluster.flush();
    }
    await().until(() -> calls("out") == 1);

    for (String id : new String[] {"waits", "out"}) {
      send(interactive(id).setBody("{}").setWithdrawn(true).build());
    }
    send(interactive("next").build());
    cluster.flush();

    awaitCompletions(List.of("waits", "out", "next"));
    assertThat(completed())
        .extracting(
            each -> each.getOrderId().substring(prefix.length()),
            Completion::getErrorCode,
            Completion::getCalls)
        .containsExactlyInAnyOrder(
            tuple("waits", "caller_left", 0),
            tuple("out", "caller_left", 1),
            tuple("next", null, 1));
    assertThat(calls("waits")).isZero();
  }

  private DispatchOrder.Builder interactive(String id) {
    // One key, so that all are in one partition, as the topology has them.
    return DispatchOrder.newBuilder(order(id))
        .setCacheKey(prefix + "key")
        .setServiceClass(ServiceClass.INTERACTIVE);
  }

  @Test
  void anOrderWhoseBodyIsInAFileIsCalledWithItAndFailsWhereItIsMissing() throws Exception {
    publish(offering());
    String text = "long ".repeat(60_000);
    try (FileStore files = FileStoreConfig.local(FILES).open()) {
      BodyFile file =
          new BodyStore(files)
              .write(
                  prefix + "body",
                  "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                      .formatted(text)
                      .getBytes(StandardCharsets.UTF_8),
                  "");
      DispatchOrder.Builder stored =
          DispatchOrder.newBuilder(order("stored"))
              .setBody("{\"model\":\"gpt-5.6-sol\"}")
              .setBodyFile(file);
      send(stored.build());
      file.setFileId(prefix + "nothing");
      send(stored.setOrderId(prefix + "missing").setBodyFile(file).build());
      cluster.flush();
    }
    ready(dispatcher());

    awaitCompletions(List.of("stored", "missing"));
    assertThat(completed())
        .extracting(
            each -> each.getOrderId().substring(prefix.length()),
            Completion::getStatus,
            Completion::getErrorCode)
        .containsExactlyInAnyOrder(
            tuple("stored", CompletionStatus.ANSWERED, null),
            tuple("missing", CompletionStatus.REJECTED, "body_missing"));
    assertThat(completed())
        .anyMatch(each -> each.getBody() != null && each.getBody().contains(text));
  }

  @Test
  void aSlowOrderHoldsUpNobodyAndWhatIsDoneIsNotRepeatedAfterAKill() throws Exception {
    publish(offering());
    provider.hold(prefix + "o-0");
    provider.hold(prefix + "o-1");
    DispatcherService killed = dispatcher();
    ready(killed);
    List<String> ids = send(300);
    awaitCompletions(ids.subList(2, 300));

    // The second one of the same name fences the first, which never gets to stop in order.
    DispatcherService next = dispatcher();
    ready(next);
    await().until(() -> killed.stopped().isCompletedExceptionally());
    await().until(() -> calls("o-0") == 2);
    provider.release(prefix + "o-0");
    provider.release(prefix + "o-1");
    awaitCompletions(ids);
    assertThat(completed())
        .filteredOn(Completion::getRepeated)
        .extracting(Completion::getOrderId)
        .containsExactlyInAnyOrder(prefix + "o-0", prefix + "o-1");
    assertThat(provider.callsByKey().entrySet())
        .filteredOn(entry -> entry.getValue() > 1)
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrder(prefix + "o-0", prefix + "o-1");
  }

  @Test
  void aCleanStopTellsTheNextOwnerExactlyWhatWasSent() {
    publish(Offering.newBuilder(offering()).setMaxConcurrency(1).build());
    provider.hold(prefix + "o-0");
    DispatcherService first = dispatcher();
    ready(first);
    send(order("o-0"));
    cluster.flush();
    await().until(() -> calls("o-0") == 1);
    List<String> ids = new ArrayList<>(List.of("o-0"));
    for (int i = 1; i < 20; i++) {
      ids.add("o-" + i);
      send(order("o-" + i));
    }
    cluster.flush();
    await().until(() -> meters.get("dualtrack.dispatcher.queued").gauge().value() == 19);
    first.close();
    assertThat(first.stopped()).isCompleted();
    provider.release(prefix + "o-0");
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completed())
        .filteredOn(Completion::getRepeated)
        .extracting(Completion::getOrderId)
        .containsExactly(prefix + "o-0");
  }

  @Test
  void twoInstancesShareALaneAndNothingIsLostOrDoneTwiceWhenOneComesAndGoes() {
    publish(offering());
    List<String> ids = send(300);
    ready(dispatcher("0"));
    DispatcherService other = dispatcher("1");
    List<String> more = IntStream.range(300, 600).mapToObj(i -> "o-" + i).toList();
    more.forEach(id -> send(order(id)));
    cluster.flush();
    ready(other);
    await()
        .until(
            () ->
                cluster.members("dualtrack-dispatcher-api").values().stream()
                        .filter(partitions -> partitions == 2)
                        .count()
                    == 2);
    List<String> last = IntStream.range(600, 900).mapToObj(i -> "o-" + i).toList();
    last.forEach(id -> send(order(id)));
    cluster.flush();
    other.close();
    List<String> all = new ArrayList<>(ids);
    all.addAll(more);
    all.addAll(last);
    awaitCompletions(all);
    assertThat(completed())
        .allMatch(completion -> completion.getStatus() == CompletionStatus.ANSWERED);
    assertThat(provider.callsByKey().entrySet())
        .filteredOn(calls -> calls.getValue() > 1)
        .as("a call is made again only where a partition was given up while it was out")
        .allMatch(
            calls ->
                completed().stream()
                    .anyMatch(
                        each -> each.getOrderId().equals(calls.getKey()) && each.getRepeated()));
  }

  @Test
  void aSuspendedOfferingIsNotCalled() {
    publish(offering());
    cluster.send(
        Topics.SUSPENSIONS,
        "OFFERING:" + prefix + "sol",
        Samples.suspension(SuspensionScope.OFFERING, prefix + "sol", true, 1));
    List<String> ids = send(50);
    ready(dispatcher());
    awaitCompletions(ids);
    assertThat(completed())
        .allMatch(completion -> completion.getStatus() == CompletionStatus.SUSPENDED)
        .allMatch(completion -> completion.getCalls() == 0);
    assertThat(provider.callsByKey()).isEmpty();
  }

  @Test
  void interactiveOrdersGoFirst() {
    publish(Offering.newBuilder(offering()).setMaxConcurrency(1).build());
    provider.hold(prefix + "gate");
    send(order("gate"));
    cluster.flush();
    ready(dispatcher());
    await().until(() -> calls("gate") == 1);
    List<String> ids = new ArrayList<>(List.of("gate", "urgent"));
    for (int i = 0; i < 20; i++) {
      ids.add("batch-" + i);
      send(order("batch-" + i));
    }
    send(
        DispatchOrder.newBuilder(order("urgent"))
            .setServiceClass(ServiceClass.INTERACTIVE)
            .build());
    cluster.flush();
    await().until(() -> meters.get("dualtrack.dispatcher.queued").gauge().value() == 21);
    provider.release(prefix + "gate");
    awaitCompletions(ids);
    assertThat(provider.order()).startsWith(prefix + "gate", prefix + "urgent");
  }

  @Test
  void anOrderThatCannotBeReadIsADeadLetterAndStopsNobody() {
    publish(offering());
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
    await().until(() -> cluster.lag("dualtrack-dispatcher-api", Topics.ORDERS_API_BATCH) == 0);
  }
}
