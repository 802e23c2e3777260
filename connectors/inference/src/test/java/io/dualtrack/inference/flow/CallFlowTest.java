package io.dualtrack.inference.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.openai.OpenAiAdapter;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CallFlowTest {

  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  private static final String ANSWER =
      "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}";

  /** Calls that are out wait for the test's reply. */
  private static final class Wire implements Caller {
    private record Out(BooleanSupplier permitted, CompletableFuture<Reply> reply) {}

    private final List<Out> calls = new ArrayList<>();

    @Override
    public Call call(ProviderRequest request, Duration timeout, BooleanSupplier permitted) {
      CompletableFuture<Reply> reply = new CompletableFuture<>();
      calls.add(new Out(permitted, reply));
      return new Call(reply, () -> reply.complete(new Reply.ConnectionFailed("aborted")));
    }

    void reply(int call, int status, String body, Map<String, List<String>> headers) {
      calls
          .get(call)
          .reply()
          .complete(
              new Reply.Answered(
                  status,
                  HttpHeaders.of(headers, (name, value) -> true),
                  body.getBytes(StandardCharsets.UTF_8)));
    }

    void answer(int call) {
      reply(call, 200, ANSWER, Map.of());
    }
  }

  private final ManualThread thread = new ManualThread();
  private final Wire wire = new Wire();
  private final List<Completion> done = new ArrayList<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private ControlSnapshot control =
      ControlSnapshot.EMPTY.with(Samples.offering("a", "http://a/v1")).with(offering("b"));
  private Completion last;
  private final CompletableFuture<DispatchOrder> bodies = new CompletableFuture<>();
  private final CallFlow flow =
      new CallFlow(
          new CallFlow.Settings(Lane.API, 3, 1_000_000),
          thread,
          () -> control,
          List.copyOf(
              OpenAiAdapter.family(
                  new Access(new Credentials(Map.of()), Map.of(), Hosts.parse("http://*")),
                  thread::now)),
          Set.of(),
          wire,
          order -> bodies,
          completion -> {
            last = completion;
            return completion.getBody() == null
                ? new byte[0]
                : completion.getBody().getBytes(StandardCharsets.UTF_8);
          },
          outcome -> done.add(last),
          new FlowMeters(meters, Lane.API),
          () -> 1.0,
          Traces.off());

  private static Offering offering(String id) {
    return Samples.offering(id, "http://" + id + "/v1");
  }

  private DispatchOrder.Builder order(String id, String offering) {
    return DispatchOrder.newBuilder(Samples.order(id, offering))
        .setDeadline(thread.now().plusSeconds(600));
  }

  private Work submit(DispatchOrder.Builder order) {
    Work work = new Work(order.build(), PARTITION, 0, false, thread.now());
    flow.submit(work);
    thread.settle();
    return work;
  }

  private void limit(String id, int concurrency) {
    control =
        control.with(Offering.newBuilder(offering(id)).setMaxConcurrency(concurrency).build());
  }

  private List<String> ids() {
    return done.stream().map(Completion::getOrderId).toList();
  }

  private Completion only() {
    assertThat(done).hasSize(1);
    return done.get(0);
  }

  @Test
  void anAnswerCompletesItsOrder() {
    submit(order("1", "a"));
    wire.answer(0);
    thread.settle();
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.ANSWERED);
    assertThat(only().getBody()).isEqualTo(ANSWER);
    assertThat(only().getCalls()).isEqualTo(1);
    assertThat(only().getUsage().getUncachedInput()).isEqualTo(10);
  }

  private DispatchOrder.Builder stored(String id) {
    return order(id, "a").setBody("{}").setBodyFile(new BodyFile("body-1", 300_000L, "", ""));
  }

  @Test
  void anOrderWhoseBodyIsInAFileIsCalledWithItAndHoldsUpNobodyMeanwhile() {
    limit("a", 1);
    submit(stored("1"));
    submit(order("2", "a"));
    assertThat(wire.calls).hasSize(1);
    wire.answer(0);
    bodies.complete(order("1", "a").build());
    thread.settle();
    assertThat(wire.calls).hasSize(2);
    wire.answer(1);
    thread.settle();
    assertThat(ids()).containsExactly("2", "1");
    assertThat(last.getStatus()).isEqualTo(CompletionStatus.ANSWERED);
  }

  @Test
  void anOrderWhoseBodyCannotBeReadNowIsTriedElsewhere() {
    submit(stored("1"));
    bodies.completeExceptionally(new IOException("the disk is away"));
    thread.settle();
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(only().getErrorCode()).isEqualTo("body_unreadable");
    assertThat(only().getErrorMessage()).doesNotContain("disk");
    assertThat(only().getCalls()).isZero();
    assertThat(wire.calls).isEmpty();
  }

  @Test
  void anOfferingThatIsFullHoldsUpItsOwnOrdersOnly() {
    limit("a", 1);
    submit(order("1", "a"));
    submit(order("2", "a"));
    submit(order("3", "b"));
    assertThat(wire.calls).hasSize(2);
    wire.answer(1);
    thread.settle();
    assertThat(ids()).containsExactly("3");
    wire.answer(0);
    thread.settle();
    assertThat(wire.calls).hasSize(3);
  }

  @Test
  void interactiveOrdersOvertakeBatchOrdersAndTenantsTakeTurns() {
    limit("a", 1);
    submit(order("first", "a"));
    submit(order("acme-1", "a"));
    submit(order("acme-2", "a"));
    submit(order("globex-1", "a").setTenant("globex"));
    submit(order("urgent", "a").setServiceClass(ServiceClass.INTERACTIVE));
    for (int call = 0; call < 5; call++) {
      wire.answer(call);
      thread.settle();
    }
    assertThat(ids()).containsExactly("first", "urgent", "acme-1", "globex-1", "acme-2");
  }

  @Test
  void aSuspensionStopsWhatIsQueuedAndWhatIsOut() {
    limit("a", 1);
    submit(order("out", "a"));
    submit(order("queued", "a"));
    submit(order("elsewhere", "b").setTenant("globex"));
    control = control.with(Samples.suspension(SuspensionScope.OFFERING, "a", true, 1));
    flow.controlChanged();
    thread.settle();
    assertThat(ids()).containsExactlyInAnyOrder("out", "queued");
    assertThat(done).allMatch(each -> each.getStatus() == CompletionStatus.SUSPENDED);
    assertThat(done)
        .filteredOn(each -> each.getOrderId().equals("queued"))
        .allMatch(each -> each.getCalls() == 0);
    assertThat(wire.calls).hasSize(2);
  }

  @Test
  void aSuspensionIsSeenRightBeforeTheWrite() {
    submit(order("1", "a"));
    control = control.with(Samples.suspension(SuspensionScope.TENANT, "acme", true, 1));
    assertThat(wire.calls.get(0).permitted().getAsBoolean()).isFalse();
    wire.calls.get(0).reply().complete(new Reply.NotPermitted());
    thread.settle();
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.SUSPENDED);
    assertThat(only().getCalls()).isZero();
  }

  @Test
  void aSuspensionIsSeenBeforeARetry() {
    submit(order("1", "a"));
    wire.reply(0, 500, "", Map.of());
    thread.settle();
    control = control.with(Samples.suspension(SuspensionScope.PROVIDER, "openai", true, 1));
    thread.advance(Duration.ofSeconds(60));
    assertThat(wire.calls).hasSize(1);
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.SUSPENDED);
    assertThat(only().getCalls()).isEqualTo(1);
  }

  @Test
  void failuresAreTriedAgainABoundedNumberOfTimes() {
    submit(order("1", "a"));
    for (int call = 0; call < 3; call++) {
      wire.reply(call, 503, "", Map.of());
      thread.advance(Duration.ofSeconds(30));
    }
    assertThat(wire.calls).hasSize(3);
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(only().getErrorCode()).isEqualTo("server_error");
    assertThat(only().getStatusCode()).isEqualTo(503);
    assertThat(only().getCalls()).isEqualTo(3);
  }

  @Test
  void retryAfterHoldsTheWholeOfferingAndNoOther() {
    submit(order("1", "a"));
    wire.reply(0, 429, "", Map.of("Retry-After", List.of("20")));
    thread.settle();
    submit(order("2", "a"));
    submit(order("3", "b"));
    assertThat(wire.calls).as("first call, and the one to b").hasSize(2);
    thread.advance(Duration.ofSeconds(19));
    assertThat(wire.calls).hasSize(2);
    thread.advance(Duration.ofSeconds(2));
    assertThat(wire.calls).hasSize(3);
    wire.answer(2);
    thread.settle();
    assertThat(ids()).containsExactly("1");
    assertThat(wire.calls).hasSize(4);
  }

  @Test
  void callsInFlightAreHalvedWhenTheProviderRefusesThem() {
    limit("a", 8);
    for (int i = 0; i < 8; i++) {
      submit(order("o" + i, "a"));
    }
    assertThat(wire.calls).hasSize(8);
    for (int i = 0; i < 8; i++) {
      wire.reply(i, 429, "", Map.of("retry-after-ms", List.of("1000")));
    }
    thread.settle();
    thread.advance(Duration.ofSeconds(2));
    assertThat(wire.calls).hasSize(12);
    wire.answer(8);
    thread.settle();
    assertThat(wire.calls).as("one ended, and the window grew by one").hasSize(14);
  }

  @Test
  void aPauseBeyondTheDeadlineGivesTheOrderBackAtOnce() {
    submit(order("1", "a").setDeadline(thread.now().plusSeconds(30)));
    wire.reply(0, 429, "", Map.of("Retry-After", List.of("60")));
    thread.settle();
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(only().getErrorCode()).isEqualTo("rate_limited");
    submit(order("2", "a").setDeadline(thread.now().plusSeconds(30)));
    assertThat(done).hasSize(2);
    assertThat(done.get(1).getErrorCode()).isEqualTo("rate_limited");
    assertThat(done.get(1).getCalls()).isZero();
  }

  @Test
  void anOrderWhoseDeadlinePassesInTheQueueExpires() {
    limit("a", 1);
    submit(order("out", "a"));
    submit(order("late", "a").setDeadline(thread.now().plusSeconds(5)));
    flow.start();
    thread.advance(Duration.ofSeconds(6));
    assertThat(only().getOrderId()).isEqualTo("late");
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.EXPIRED);
    assertThat(only().getCalls()).isZero();
  }

  @Test
  void requestsPerMinuteAreKeptInEveryMinute() {
    control =
        control.with(
            Offering.newBuilder(offering("a"))
                .setRequestsPerMinute(60L)
                .setMaxConcurrency(200)
                .build());
    for (int i = 0; i < 200; i++) {
      submit(order("o" + i, "a"));
    }
    List<Integer> made = new ArrayList<>();
    for (int second = 0; second < 120; second++) {
      thread.advance(Duration.ofSeconds(1));
      made.add(wire.calls.size());
    }
    for (int second = 60; second < 120; second++) {
      assertThat(made.get(second) - made.get(second - 60)).isBetween(50, 60);
    }
    assertThat(meters.get("dualtrack.dispatcher.quota.waits").counter().count()).isPositive();
  }

  @Test
  void tokensPerMinuteAreCorrectedByWhatWasUsed() {
    control = control.with(Offering.newBuilder(offering("a")).setTokensPerMinute(10_000L).build());
    submit(order("1", "a"));
    wire.reply(
        0,
        200,
        "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5000}}",
        Map.of());
    thread.settle();
    submit(order("2", "a"));
    assertThat(wire.calls).as("two such calls do not fit one minute").hasSize(1);
    thread.advance(Duration.ofSeconds(62));
    assertThat(wire.calls).hasSize(2);
  }

  @Test
  void anOrderThatEstimatesMoreThanTheWholeQuotaIsCalledAllTheSame() {
    control = control.with(Offering.newBuilder(offering("a")).setTokensPerMinute(100L).build());
    submit(order("1", "a").setBody("{\"max_tokens\":100000}"));
    assertThat(wire.calls).hasSize(1);
  }

  @Test
  void anUnknownOfferingIsWaitedForAMomentOnly() {
    flow.start();
    submit(order("1", "new"));
    submit(order("2", "never"));
    thread.advance(Duration.ofSeconds(1));
    control = control.with(offering("new"));
    flow.controlChanged();
    thread.settle();
    assertThat(wire.calls).hasSize(1);
    thread.advance(Duration.ofSeconds(3));
    assertThat(only().getOrderId()).isEqualTo("2");
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(only().getErrorCode()).isEqualTo("unknown_offering");
  }

  @Test
  void aDialectThatNobodySpeaksIsTold() {
    control = control.with(Offering.newBuilder(offering("a")).setDialect("klingon").build());
    submit(order("1", "a"));
    assertThat(only().getErrorCode()).isEqualTo("unsupported_dialect");
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
  }

  @Test
  void aRejectedRequestIsNotTriedAgain() {
    submit(order("1", "a"));
    wire.reply(0, 400, "{\"error\":{\"message\":\"no\",\"code\":\"bad\"}}", Map.of());
    thread.advance(Duration.ofSeconds(60));
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.REJECTED);
    assertThat(only().getErrorCode()).isEqualTo("bad");
    assertThat(only().getBody()).contains("\"no\"");
    assertThat(wire.calls).hasSize(1);
  }

  @Test
  void whatIsForgottenIsNeitherCalledNorCompleted() {
    limit("a", 1);
    Work out = submit(order("out", "a"));
    Work queued = submit(order("queued", "a"));
    submit(order("kept", "a"));
    flow.forget(List.of(out, queued));
    thread.settle();
    wire.answer(1);
    thread.settle();
    assertThat(ids()).containsExactly("kept");
    assertThat(queued.calls()).isZero();
    assertThat(out.calls()).isEqualTo(1);
  }

  @Test
  void aCompletionThatDoesNotFitTheTopicIsGivenBackWithoutItsBody() {
    submit(order("1", "a"));
    wire.reply(0, 200, "{\"choices\":[\"" + "x".repeat(1_000_000) + "\"]}", Map.of());
    thread.settle();
    assertThat(only().getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
    assertThat(only().getErrorCode()).isEqualTo("answer_too_large");
    assertThat(only().getBody()).isNull();
  }

  @Test
  void afterTheStopNoCallStarts() {
    submit(order("1", "a"));
    assertThat(flow.stop()).isNotDone();
    thread.settle();
    submit(order("2", "a"));
    assertThat(wire.calls).hasSize(1);
    wire.answer(0);
    thread.settle();
    assertThat(ids()).containsExactly("1");
  }
}
