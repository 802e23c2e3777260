package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.Caller.Call;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reading;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings orders to their offerings: in turn, as fast as each offering takes them, and no further
 * once it is suspended.
 *
 * <p>Each offering has a queue, a pace and a quota of its own, so that one that is full, out of
 * quota or in a pause holds up its own orders only. All state belongs to one thread; the public
 * methods may be called from any.
 */
public final class CallFlow {

  private static final Logger LOG = LoggerFactory.getLogger(CallFlow.class);

  /** Queued orders are looked through this often for those that ended by time. */
  private static final Duration SWEEP = Duration.ofMillis(500);

  /** The topology may know a new offering a moment before this process does. */
  private static final Duration GRACE_FOR_UNKNOWN = Duration.ofSeconds(2);

  private static final Duration FIRST_RETRY = Duration.ofMillis(250);

  /**
   * @param maxCalls calls that are made for one order at most
   * @param maxCompletionBytes longest completion that the topic takes
   */
  public record Settings(Lane lane, int maxCalls, int maxCompletionBytes) {}

  private static final class Offered {
    private final String id;
    private final FairQueue queue = new FairQueue();
    private final Pace pace = new Pace();
    private final Map<Work, Call> out = new HashMap<>();
    private Quota quota;
    private Instant wakeAt = Instant.MAX;

    Offered(String id) {
      this.id = id;
    }
  }

  private final Settings settings;
  private final FlowThread thread;
  private final Supplier<ControlSnapshot> control;
  private final Map<String, Adapter> adapters;
  private final Caller caller;
  private final Function<Completion, byte[]> serializer;
  private final Consumer<Outcome> sink;
  private final FlowMeters meters;
  private final DoubleSupplier jitter;
  private final Map<String, Offered> offered = new HashMap<>();
  private double quotaShare = 1;
  private boolean stopped;

  /**
   * @param serializer makes a record's value; threads may share it
   * @param sink takes each order's end, on the flow's thread; never one of a forgotten order
   * @param jitter numbers from 0 to 1
   */
  public CallFlow(
      Settings settings,
      FlowThread thread,
      Supplier<ControlSnapshot> control,
      List<Adapter> adapters,
      Caller caller,
      Function<Completion, byte[]> serializer,
      Consumer<Outcome> sink,
      FlowMeters meters,
      DoubleSupplier jitter) {
    this.settings = settings;
    this.thread = thread;
    this.control = control;
    this.adapters =
        adapters.stream().collect(Collectors.toMap(Adapter::dialect, Function.identity()));
    this.caller = caller;
    this.serializer = serializer;
    this.sink = sink;
    this.meters = meters;
    this.jitter = jitter;
  }

  public void start() {
    thread.runAfter(SWEEP, this::sweepAgain);
  }

  public void submit(Work work) {
    meters.queued(1);
    thread.run(
        () -> {
          Offered to = offered.computeIfAbsent(work.order().getOffering(), Offered::new);
          to.queue.add(work);
          pump(to);
        });
  }

  /** Gives orders up that are somebody else's now: no completion comes of them. */
  public void forget(Collection<Work> works) {
    works.forEach(Work::forget);
    thread.run(
        () -> {
          for (Offered each : List.copyOf(offered.values())) {
            each.out.forEach(
                (work, call) -> {
                  if (work.forgotten()) {
                    call.abort().run();
                  }
                });
          }
          sweep();
        });
  }

  /** Looks at every order again, queued or out, under the control records of now. */
  public void controlChanged() {
    thread.run(this::sweep);
  }

  /**
   * @param share of the lane's partitions that this process has, above 0 up to 1
   */
  public void shareQuota(double share) {
    thread.run(() -> quotaShare = share);
  }

  /**
   * Starts no call any more. Those that are out go on.
   *
   * @return completes when no further call can start
   */
  public CompletableFuture<Void> stop() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    thread.run(
        () -> {
          stopped = true;
          done.complete(null);
        });
    return done;
  }

  private void sweepAgain() {
    sweep();
    thread.runAfter(SWEEP, this::sweepAgain);
  }

  private void sweep() {
    for (Offered each : List.copyOf(offered.values())) {
      Optional<Offering> offering = offering(each.id);
      for (Work work : each.queue.removeIf(work -> ended(work, offering).isPresent())) {
        meters.queued(-1);
        finish(work, ended(work, offering).orElseThrow());
      }
      offering.ifPresent(known -> abortSuspended(each, known));
      if (each.queue.size() == 0 && each.out.isEmpty() && offering.isEmpty()) {
        offered.remove(each.id);
      } else {
        pump(each);
      }
    }
  }

  private void abortSuspended(Offered from, Offering offering) {
    from.out.forEach(
        (work, call) -> {
          if (control.get().suspended(offering, work.order().getTenant()).isPresent()) {
            call.abort().run();
          }
        });
  }

  private Optional<Offering> offering(String id) {
    return control.get().offering(id, settings.lane(), thread.now());
  }

  /** How an order ends without a further call; empty where it may be called. */
  private Optional<End> ended(Work work, Optional<Offering> offering) {
    if (work.forgotten()) {
      return Optional.of(new End.Forgotten());
    }
    DispatchOrder order = work.order();
    if (!thread.now().isBefore(order.getDeadline())) {
      return Optional.of(
          new End.NotCalled(
              CompletionStatus.EXPIRED,
              "expired",
              work.calls() == 0
                  ? "the deadline passed before a call was made"
                  : "the deadline passed before an answer came"));
    }
    if (offering.isEmpty()) {
      return thread.now().isBefore(work.takenAt().plus(GRACE_FOR_UNKNOWN))
          ? Optional.empty()
          : Optional.of(
              new End.NotCalled(
                  CompletionStatus.RETRYABLE,
                  "unknown_offering",
                  "offering %s is not in effect on lane %s"
                      .formatted(order.getOffering(), settings.lane())));
    }
    Optional<String> suspension = control.get().suspended(offering.get(), order.getTenant());
    if (suspension.isPresent()) {
      return Optional.of(
          new End.NotCalled(CompletionStatus.SUSPENDED, "suspended", suspension.get()));
    }
    Offered state = offered.get(order.getOffering());
    if (state != null && state.pace.heldUntil().isAfter(order.getDeadline())) {
      return Optional.of(
          new End.NotCalled(
              CompletionStatus.RETRYABLE,
              "rate_limited",
              "offering %s asks for a pause beyond the order's deadline"
                  .formatted(order.getOffering())));
    }
    return Optional.empty();
  }

  /** Starts what can be started now, and comes back when more can. */
  private void pump(Offered to) {
    while (!stopped) {
      Optional<Work> next = to.queue.peek();
      if (next.isEmpty()) {
        return;
      }
      Work work = next.get();
      Optional<Offering> offering = offering(to.id);
      Optional<End> end = ended(work, offering);
      if (end.isPresent()) {
        dequeue(to);
        finish(work, end.get());
        continue;
      }
      if (offering.isEmpty() || to.pace.full(offering.get().getMaxConcurrency())) {
        // The next sweep, or the end of a call, comes back.
        return;
      }
      Instant heldUntil = to.pace.heldUntil();
      if (heldUntil.isAfter(thread.now())) {
        wake(to, Duration.between(thread.now(), heldUntil));
        return;
      }
      if (!prepare(to, work, offering.get())) {
        continue;
      }
      Duration wait = quota(to, offering.get()).untilReady(work.request().estimatedTokens());
      if (!wait.isZero()) {
        if (work.countWait()) {
          meters.quotaWait(to.id);
        }
        wake(to, wait);
        return;
      }
      dequeue(to);
      send(to, work, offering.get());
    }
  }

  private void dequeue(Offered from) {
    from.queue.removeFirst();
    meters.queued(-1);
  }

  private void wake(Offered to, Duration delay) {
    Instant at = thread.now().plus(delay);
    if (at.isBefore(to.wakeAt)) {
      to.wakeAt = at;
      thread.runAfter(
          delay,
          () -> {
            to.wakeAt = Instant.MAX;
            pump(to);
          });
    }
  }

  private boolean prepare(Offered to, Work work, Offering offering) {
    if (work.isPreparedFor(offering)) {
      return true;
    }
    Adapter adapter = adapters.get(offering.getDialect());
    Preparation preparation =
        adapter == null
            ? new Preparation.Impossible(
                "unsupported_dialect",
                "offering %s speaks the dialect %s, which this dispatcher does not"
                    .formatted(offering.getId(), offering.getDialect()))
            : adapter.prepare(work.order(), offering);
    if (preparation instanceof Preparation.Impossible impossible) {
      dequeue(to);
      finish(
          work,
          new End.NotCalled(CompletionStatus.RETRYABLE, impossible.code(), impossible.message()));
      return false;
    }
    work.prepared(offering, ((Preparation.Ready) preparation).request());
    return true;
  }

  private Quota quota(Offered of, Offering offering) {
    Quota.Limits limits = Quota.Limits.of(offering, quotaShare);
    if (of.quota == null || !of.quota.limits().equals(limits)) {
      of.quota = new Quota(limits, thread::now);
    }
    return of.quota;
  }

  private void send(Offered to, Work work, Offering offering) {
    ProviderRequest request = work.request();
    to.quota.take(request.estimatedTokens());
    to.pace.started();
    meters.inFlight(1);
    work.changeCalls(1);
    Instant startedAt = thread.now();
    String tenant = work.order().getTenant();
    Adapter adapter = adapters.get(offering.getDialect());
    Call call =
        caller.call(
            request,
            timeout(work, offering),
            () -> !work.forgotten() && control.get().suspended(offering, tenant).isEmpty());
    to.out.put(work, call);
    call.reply()
        .thenApply(reply -> new Read(reply, Reading.of(adapter, work.order(), reply).orElse(null)))
        .whenComplete(
            (read, failure) ->
                thread.run(
                    () -> {
                      if (failure != null) {
                        throw new IllegalStateException(
                            "the caller broke its promise of a reply", failure);
                      }
                      ended(to, work, offering, startedAt, read);
                    }));
  }

  /** An answer that comes after the deadline reaches nobody, so it is not waited for. */
  private Duration timeout(Work work, Offering offering) {
    Duration offered = Duration.ofSeconds(Math.max(1, offering.getTimeoutSeconds()));
    Duration left = Duration.between(thread.now(), work.order().getDeadline());
    return left.compareTo(offered) < 0 ? left : offered;
  }

  /**
   * @param verdict null where nothing was written
   */
  private record Read(Reply reply, Verdict verdict) {}

  private void ended(Offered from, Work work, Offering offering, Instant startedAt, Read read) {
    from.out.remove(work);
    from.pace.ended();
    meters.inFlight(-1);
    meters.called(from.id, label(read.reply()), Duration.between(startedAt, thread.now()));
    judge(from, work, offering, startedAt, read);
    pump(from);
  }

  private static String label(Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      return Integer.toString(answered.statusCode());
    }
    if (reply instanceof Reply.Streamed streamed) {
      return Integer.toString(streamed.statusCode());
    }
    if (reply instanceof Reply.TooLarge) {
      return "too_large";
    }
    if (reply instanceof Reply.TimedOut) {
      return "timeout";
    }
    return reply instanceof Reply.NotPermitted ? "not_written" : "connection";
  }

  private void judge(Offered from, Work work, Offering offering, Instant startedAt, Read read) {
    if (read.verdict() == null) {
      work.changeCalls(-1);
    }
    if (read.verdict() instanceof Verdict.Answer answer) {
      from.pace.succeeded(offering.getMaxConcurrency());
      if (answer.usage() != null) {
        from.quota.correct(work.request().estimatedTokens(), tokens(answer.usage()));
      }
      if (answer.usageProblem() != null) {
        meters.usageProblem(from.id);
        LOG.warn(
            "usage; offering={} order={} problem={}",
            from.id,
            work.order().getOrderId(),
            answer.usageProblem());
      }
      finish(work, new End.Answered(answer, startedAt));
      return;
    }
    if (read.verdict() instanceof Verdict.Rejected rejected) {
      from.pace.succeeded(offering.getMaxConcurrency());
      finish(work, new End.Rejected(rejected, startedAt));
      return;
    }
    Verdict.Failed failed =
        read.verdict() instanceof Verdict.Failed known
            ? known
            : new Verdict.Failed(
                0, "suspended", "suspended before it was written", true, false, null);
    work.failed(failed);
    if (failed.holds()) {
      from.pace.hold(thread.now(), failed.after(), jitter.getAsDouble());
      meters.held(from.id);
    }
    again(from, work, failed, startedAt);
  }

  private static long tokens(Usage usage) {
    return usage.getUncachedInput()
        + usage.getCacheRead()
        + usage.getCacheWrite5m()
        + usage.getCacheWrite1h()
        + usage.getOutput();
  }

  private void again(Offered to, Work work, Verdict.Failed failed, Instant startedAt) {
    Optional<End> end = ended(work, offering(to.id));
    boolean over =
        end.isPresent()
            && end.get() instanceof End.NotCalled ended
            && (ended.status() == CompletionStatus.SUSPENDED
                || ended.status() == CompletionStatus.EXPIRED);
    if (over || work.forgotten()) {
      finish(work, end.get());
      return;
    }
    Duration delay =
        failed.holds()
            ? Duration.ZERO
            : Pace.backOff(FIRST_RETRY, work.calls(), jitter.getAsDouble());
    boolean inTime = thread.now().plus(delay).isBefore(work.order().getDeadline());
    if (!failed.again() || work.calls() >= settings.maxCalls() || end.isPresent() || !inTime) {
      finish(work, new End.Failed(failed, startedAt));
      return;
    }
    meters.queued(1);
    if (delay.isZero()) {
      to.queue.addAgain(work);
      return;
    }
    thread.runAfter(
        delay,
        () -> {
          Offered current = offered.computeIfAbsent(to.id, Offered::new);
          current.queue.addAgain(work);
          pump(current);
        });
  }

  private sealed interface End {

    record Forgotten() implements End {}

    record NotCalled(CompletionStatus status, String code, String message) implements End {}

    record Answered(Verdict.Answer answer, Instant startedAt) implements End {}

    record Rejected(Verdict.Rejected rejected, Instant startedAt) implements End {}

    record Failed(Verdict.Failed failed, Instant startedAt) implements End {}
  }

  private void finish(Work work, End end) {
    if (work.forgotten()) {
      return;
    }
    Completion.Builder completion = blank(work);
    if (end instanceof End.NotCalled ended) {
      completion
          .setStatus(ended.status())
          .setStatusCode(work.lastFailure() == null ? 0 : work.lastFailure().statusCode())
          .setErrorCode(ended.code())
          .setErrorMessage(ended.message());
    } else if (end instanceof End.Answered ended) {
      completion
          .setStatus(CompletionStatus.ANSWERED)
          .setStatusCode(ended.answer().statusCode())
          .setBody(ended.answer().body())
          .setUsage(work.with(ended.answer().usage()))
          .setRawUsage(ended.answer().rawUsage())
          .setStartedAt(ended.startedAt());
    } else if (end instanceof End.Rejected ended) {
      completion
          .setStatus(CompletionStatus.REJECTED)
          .setStatusCode(ended.rejected().statusCode())
          .setBody(ended.rejected().body())
          .setErrorCode(ended.rejected().code())
          .setErrorMessage(ended.rejected().message())
          .setStartedAt(ended.startedAt());
    } else if (end instanceof End.Failed ended) {
      completion
          .setStatus(CompletionStatus.RETRYABLE)
          .setStatusCode(ended.failed().statusCode())
          .setErrorCode(ended.failed().code())
          .setErrorMessage(ended.failed().message())
          .setStartedAt(ended.startedAt());
    }
    Completion made = completion.build();
    byte[] bytes = serializer.apply(made);
    if (bytes.length > settings.maxCompletionBytes()) {
      made =
          blank(work)
              .setStatus(CompletionStatus.RETRYABLE)
              .setStatusCode(made.getStatusCode())
              .setErrorCode("answer_too_large")
              .setErrorMessage(
                  "the completion would have %d bytes of at most %d"
                      .formatted(bytes.length, settings.maxCompletionBytes()))
              .setUsage(made.getUsage())
              .setStartedAt(made.getStartedAt())
              .build();
      bytes = serializer.apply(made);
    }
    meters.completed(work.order().getOffering(), made.getStatus());
    sink.accept(new Outcome(work, bytes));
  }

  private Completion.Builder blank(Work work) {
    DispatchOrder order = work.order();
    Instant now = thread.now();
    return Completion.newBuilder()
        .setOrderId(order.getOrderId())
        .setCacheKey(order.getCacheKey())
        .setFlight(order.getFlight())
        .setRequestId(order.getRequestId())
        .setOffering(order.getOffering())
        .setLane(settings.lane())
        .setCalls(work.calls())
        .setRepeated(work.repeated())
        .setUsage(work.spent())
        .setStartedAt(now)
        .setFinishedAt(now);
  }
}
