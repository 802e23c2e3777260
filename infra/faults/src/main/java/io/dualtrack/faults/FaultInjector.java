package io.dualtrack.faults;

import io.dualtrack.local.stack.KafkaCluster;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.RegistryServer;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.schemas.SchemaRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What steps do to a stack, counted. One thread uses it. */
final class FaultInjector implements AutoCloseable {

  /** Longer than any service's session of 10 s, so that its group goes on without it. */
  private static final Duration PAST_THE_SESSION = Duration.ofSeconds(14);

  private static final Duration STOP = Duration.ofSeconds(60);

  private final LocalStack stack;
  private final Optional<KafkaCluster> cluster;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<ServiceProcess> others = new CopyOnWriteArrayList<>();
  private final Tally tally = new Tally();
  private final Supervisor supervisor;
  private final Optional<BrokerFaults> brokers;
  private final Optional<Ways> ways;
  private final RogueProducer rogue;

  /**
   * @param cluster that the stack works with; empty where it has a broker of its own
   * @param ways names of services that come to its brokers by a way of their own
   */
  FaultInjector(
      LocalStack stack,
      Optional<KafkaCluster> cluster,
      Collection<String> ways,
      SchemaRegistry registry,
      StackProgress progress) {
    this.stack = stack;
    this.cluster = cluster;
    this.supervisor = new Supervisor(this::running, progress);
    this.brokers = cluster.map(each -> new BrokerFaults(each, supervisor, tally));
    this.ways = cluster.map(each -> new Ways(each, ways));
    this.rogue = new RogueProducer(stack.address(), registry, tally);
  }

  private List<ServiceProcess> running() {
    List<ServiceProcess> all = new ArrayList<>(stack.processes().values());
    all.addAll(others);
    cluster.ifPresent(each -> all.addAll(each.brokers()));
    return all;
  }

  Tally tally() {
    return tally;
  }

  /** Names of the processes that ended by themselves, one for each time. */
  List<String> endedByThemselves() {
    return supervisor.ended();
  }

  /** What is done to brokers, where the stack works with a cluster. */
  BrokerFaults brokers() {
    return brokers.orElseThrow();
  }

  /** Somebody who writes to topics what does not belong there. */
  RogueProducer rogue() {
    return rogue;
  }

  /** Kills services with SIGKILL and starts them again, at once and together. */
  void kill(String... names) {
    List<ServiceProcess> victims = processes(names);
    victims.forEach(supervisor::leave);
    victims.forEach(ServiceProcess::kill);
    victims.forEach(ServiceProcess::start);
    victims.forEach(supervisor::take);
    tally.kills(victims.size());
  }

  /** Tells a service to stop, starts it again when it has, and waits until it works. */
  void restart(String name) throws InterruptedException, ExecutionException {
    tally.fault();
    restart(process(name));
  }

  private void restart(ServiceProcess process) throws InterruptedException, ExecutionException {
    supervisor.leave(process);
    try {
      process.stop().get(STOP.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      process.kill();
    }
    process.start();
    supervisor.take(process);
    stack.await(process);
  }

  /** Starts a second instance of a service beside the first one. */
  void startAnother(String name) {
    startAnother(name, 1);
  }

  /**
   * Starts another instance of a service.
   *
   * @param instance beside 0, which is the first one
   */
  void startAnother(String name, int instance) {
    ServiceProcess other = process(name).another(instance);
    others.add(other);
    other.start();
  }

  /** An instance that was started beside the first one comes to its end, killed or told to. */
  void endAnother(String name, int instance, boolean killed) throws InterruptedException {
    String full = name + "-" + instance;
    ServiceProcess other =
        others.stream().filter(each -> each.name().equals(full)).findFirst().orElseThrow();
    supervisor.leave(other);
    others.remove(other);
    if (killed) {
      other.kill();
      tally.kills(1);
    } else {
      other.close();
      tally.fault();
    }
  }

  /** Has a service come to the brokers by the way of its name from now on. */
  void detour(String name) throws InterruptedException, ExecutionException {
    ServiceProcess process = process(name);
    process.set("DUALTRACK_BOOTSTRAP", ways.orElseThrow().bootstrap(name));
    restart(process);
  }

  /** Cuts the network between a service and all brokers for a while. */
  void cut(String name, Duration howLong) throws InterruptedException {
    tally.fault();
    ways.orElseThrow().cut(name);
    try {
      pause(howLong);
    } finally {
      ways.orElseThrow().mend(name);
    }
  }

  /** Ends all connections between a service and the brokers, several times in a row. */
  void reset(String name, int times, Duration between) throws InterruptedException {
    tally.fault();
    for (int i = 0; i < times; i++) {
      ways.orElseThrow().reset(name);
      pause(between);
    }
  }

  /**
   * A service's disk is full for a while. Where it ends because of that it is started again when
   * there is space.
   */
  void fillDisk(String name, Duration howLong) throws InterruptedException {
    ServiceProcess process = process(name);
    supervisor.leave(process);
    tally.fault();
    process.fillDisk();
    try {
      pause(howLong);
    } finally {
      Disks.free(process);
      process.start();
      supervisor.take(process);
    }
  }

  /**
   * Stops a service where it is with SIGSTOP, for longer than its group waits for it, and lets it
   * go on: it still believes that it owns what others have by then.
   */
  void zombie(String name) throws InterruptedException {
    zombie(name, PAST_THE_SESSION);
  }

  /** As the other one, for a time. */
  void zombie(String name, Duration howLong) throws InterruptedException {
    ServiceProcess process = process(name);
    tally.fault();
    process.freeze();
    try {
      pause(howLong);
    } finally {
      process.thaw();
    }
  }

  /** The registry takes connections and does not answer. */
  void freezeRegistry() {
    tally.fault();
    registry().freeze();
  }

  void thawRegistry() {
    registry().thaw();
  }

  private RegistryServer registry() {
    return cluster.map(KafkaCluster::registry).orElseGet(stack::registry);
  }

  /** The registry answers for a tenth of the time only. */
  void slowRegistry(Duration howLong) throws InterruptedException {
    tally.fault();
    long end = System.nanoTime() + howLong.toNanos();
    while (System.nanoTime() < end) {
      registry().freeze();
      try {
        pause(Duration.ofMillis(900));
      } finally {
        registry().thaw();
      }
      pause(Duration.ofMillis(100));
    }
  }

  /**
   * Has the sandbox answer calls to a model otherwise for a while, and then as before.
   *
   * @param fault of the sandbox's behaviour, in JSON
   */
  void provider(String model, String fault, Duration howLong, Duration latency)
      throws IOException, InterruptedException {
    tally.fault();
    behave(model, fault);
    try {
      pause(howLong);
    } finally {
      behave(model, "{\"latency_ms\": %d}".formatted(latency.toMillis()));
    }
  }

  private void behave(String model, String behaviour) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(stack.address().sandbox() + "/sandbox/behaviours/" + model))
                .PUT(HttpRequest.BodyPublishers.ofString(behaviour))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException("the sandbox does not take it: " + response.body());
    }
  }

  /** How long a fault lasts. */
  void pause(Duration howLong) throws InterruptedException {
    Thread.sleep(howLong.toMillis());
  }

  private List<ServiceProcess> processes(String... names) {
    return List.of(names).stream().map(this::process).toList();
  }

  private ServiceProcess process(String name) {
    ServiceProcess process = stack.processes().get(name);
    if (process == null) {
      throw new IllegalArgumentException(
          "%s is no process of the stack; there are %s"
              .formatted(name, stack.processes().keySet()));
    }
    return process;
  }

  @Override
  public void close() throws InterruptedException {
    supervisor.close();
    others.forEach(ServiceProcess::close);
    rogue.close();
    brokers.ifPresent(BrokerFaults::close);
    ways.ifPresent(Ways::close);
  }
}
