package io.dualtrack.faults;

import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What steps do to a stack, counted. One thread uses it. */
final class FaultInjector implements AutoCloseable {

  /** Longer than any service's session of 10 s, so that its group goes on without it. */
  private static final Duration PAST_THE_SESSION = Duration.ofSeconds(14);

  private final LocalStack stack;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<ServiceProcess> others = new ArrayList<>();
  private int faults;
  private int kills;

  FaultInjector(LocalStack stack) {
    this.stack = stack;
  }

  /** All faults, kills among them. */
  int faults() {
    return faults;
  }

  int kills() {
    return kills;
  }

  /** Kills services with SIGKILL and starts them again, at once and together. */
  void kill(String... names) {
    List<ServiceProcess> victims = processes(names);
    victims.forEach(ServiceProcess::kill);
    victims.forEach(ServiceProcess::start);
    kills += victims.size();
    faults += victims.size();
  }

  /** Starts a second instance of a service beside the first one. */
  void startAnother(String name) {
    ServiceProcess other = process(name).another(1);
    others.add(other);
    other.start();
  }

  /**
   * Stops a service where it is with SIGSTOP, for longer than its group waits for it, and lets it
   * go on: it still believes that it owns what others have by then.
   */
  void zombie(String name) throws InterruptedException {
    ServiceProcess process = process(name);
    faults++;
    process.freeze();
    try {
      pause(PAST_THE_SESSION);
    } finally {
      process.thaw();
    }
  }

  /** The registry takes connections and does not answer. */
  void freezeRegistry() {
    faults++;
    stack.registry().freeze();
  }

  void thawRegistry() {
    stack.registry().thaw();
  }

  /** The registry answers for a tenth of the time only. */
  void slowRegistry(Duration howLong) throws InterruptedException {
    faults++;
    long end = System.nanoTime() + howLong.toNanos();
    while (System.nanoTime() < end) {
      stack.registry().freeze();
      try {
        pause(Duration.ofMillis(900));
      } finally {
        stack.registry().thaw();
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
    faults++;
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
  public void close() {
    others.forEach(ServiceProcess::close);
  }
}
