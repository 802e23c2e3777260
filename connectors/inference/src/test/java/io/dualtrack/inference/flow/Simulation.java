package io.dualtrack.inference.flow;

import io.dualtrack.inference.Samples;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Usage;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** Flows and a provider on simulated time. An order's body says what its call will use. */
final class Simulation {

  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

  /**
   * @param endpoint base URL that was called
   */
  record Arrival(Instant at, String order, String endpoint, long tokens) {}

  final ManualThread thread = new ManualThread();
  final List<Arrival> arrivals = new ArrayList<>();
  final Map<String, Instant> submitted = new LinkedHashMap<>();
  final Map<String, Duration> waited = new LinkedHashMap<>();
  final Map<String, CompletionStatus> statuses = new LinkedHashMap<>();
  final Map<String, Completion> completions = new LinkedHashMap<>();

  /** What the provider answers to a call, and after how long. */
  Function<Arrival, Answer> provider = call -> new Answer(Duration.ofSeconds(1), 200);

  int inFlight;
  int mostInFlight;
  private ControlSnapshot control = ControlSnapshot.EMPTY;

  record Answer(Duration after, int status) {}

  private final class Wire implements Caller {
    @Override
    public Call call(ProviderRequest request, Duration timeout, BooleanSupplier permitted) {
      String[] body =
          new String(request.body(), java.nio.charset.StandardCharsets.UTF_8).split(" ");
      Arrival arrival =
          new Arrival(thread.now(), body[0], request.uri().toString(), Long.parseLong(body[1]));
      arrivals.add(arrival);
      mostInFlight = Math.max(mostInFlight, ++inFlight);
      Answer answer = provider.apply(arrival);
      CompletableFuture<Reply> reply = new CompletableFuture<>();
      thread.runAfter(
          answer.after(),
          () -> {
            inFlight--;
            reply.complete(
                new Reply.Answered(
                    answer.status(), HttpHeaders.of(Map.of(), (k, v) -> true), request.body()));
          });
      return new Call(reply, () -> reply.complete(new Reply.ConnectionFailed("aborted")));
    }
  }

  private static final class Plain implements Adapter {
    @Override
    public String dialect() {
      return "openai";
    }

    @Override
    public Preparation prepare(DispatchOrder order, Offering offering, Delivery delivery) {
      String[] parts = order.getBody().split(" ");
      return new Preparation.Ready(
          new ProviderRequest(
              URI.create(offering.getEndpoint()),
              Map.of(),
              (order.getOrderId() + " " + parts[1])
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8),
              Long.parseLong(parts[0])));
    }

    @Override
    public Verdict read(DispatchOrder order, Reply.Answered answer) {
      if (answer.statusCode() == 429) {
        return new Verdict.Failed(429, "rate_limited", "429", true, true, null);
      }
      if (answer.statusCode() >= 500) {
        return new Verdict.Failed(answer.statusCode(), "server_error", "failed", true, false, null);
      }
      Usage usage = new Usage();
      usage.setOutput(Long.parseLong(order.getBody().split(" ")[1]));
      return new Verdict.Answer(200, "{}", usage, null, null);
    }
  }

  Offering.Builder offering(String id) {
    return Offering.newBuilder(Samples.offering(id, "http://" + id + "/v1"));
  }

  void publish(Offering offering) {
    control = control.with(offering);
  }

  CallFlow flow(Lane lane, Set<String> endpoints) {
    Completion[] last = new Completion[1];
    CallFlow flow =
        new CallFlow(
            new CallFlow.Settings(lane, 3, 1_000_000),
            thread,
            () -> control,
            List.of(new Plain()),
            endpoints,
            new Wire(),
            CompletableFuture::completedFuture,
            completion -> {
              last[0] = completion;
              return new byte[0];
            },
            outcome -> {
              String id = outcome.work().order().getOrderId();
              waited.put(id, Duration.between(submitted.get(id), thread.now()));
              statuses.put(id, last[0].getStatus());
              completions.put(id, last[0]);
            },
            new FlowMeters(new SimpleMeterRegistry(), lane),
            () -> 0.5,
            Traces.off());
    flow.start();
    return flow;
  }

  /**
   * @param estimated tokens as the adapter guesses them
   * @param used tokens as the provider counts them
   */
  void submit(
      CallFlow to,
      String id,
      String offering,
      String tenant,
      ServiceClass serviceClass,
      long estimated,
      long used) {
    submit(to, id, offering, tenant, serviceClass, estimated + " " + used);
  }

  void submit(
      CallFlow to,
      String id,
      String offering,
      String tenant,
      ServiceClass serviceClass,
      String body) {
    DispatchOrder order = Samples.order(id, offering);
    order.setTenant(tenant);
    order.setServiceClass(serviceClass);
    order.setBody(body);
    order.setDeadline(thread.now().plus(Duration.ofDays(1)));
    submitted.put(id, thread.now());
    to.submit(new Work(order, PARTITION, 0, false, thread.now()));
  }
}
