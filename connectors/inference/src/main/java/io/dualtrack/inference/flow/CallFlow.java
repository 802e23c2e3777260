package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.Reading;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.inference.flow.Channel.Out;
import io.dualtrack.inference.flow.Channel.Pick;
import io.dualtrack.inference.prefix.Prefix;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Brings orders to their offerings: in turn, as fast as each offering takes them, and no further
 * once it is suspended.
 *
 * <p>Each offering has a queue, a pace and a quota of its own, so that one that is full, out of
 * quota or in a pause holds up its own orders only. All state belongs to one thread; the public
 * methods may be called from any.
 */
public final class CallFlow {

  private static final Duration BEHIND_DEADLINE = Duration.ofMillis(5);

  /** Queued orders are looked through this often for those that ended by time. */
  private static final Duration SWEEP = Duration.ofMillis(500);

  private static final Duration FIRST_RETRY = Duration.ofMillis(250);

  /**
   * @param maxCalls calls that are made for one order at most
   * @param maxCompletionBytes longest completion that the topic takes
   */
  public record Settings(Lane lane, int maxCalls, int maxCompletionBytes) {}

  private final Settings settings;
  private final FlowThread thread;
  private final Gate gate;
  private final Accounts accounts;
  private final Map<String, Adapter> adapters;
  private final Caller caller;
  private final Function<DispatchOrder, CompletableFuture<DispatchOrder>> bodies;
  private final Completions completions;
  private final Consumer<Outcome> sink;
  private final FlowMeters meters;
  private final DoubleSupplier jitter;
  private final Traces traces;
  private final Set<String> endpoints;
  private final Map<String, Channel> channels = new HashMap<>();
  private double quotaShare = 1;
  private boolean stopped;

  /**
   * @param endpoints names of the endpoints that this process is configured with
   * @param bodies adds to an order what of its body is in a file
   * @param serializer makes a record's value; threads may share it
   * @param sink takes each order's end, on the flow's thread; never one of a forgotten order
   * @param jitter numbers from 0 to 1
   */
  public CallFlow(
      Settings settings,
      FlowThread thread,
      Supplier<ControlSnapshot> control,
      List<Adapter> adapters,
      Set<String> endpoints,
      Caller caller,
      Function<DispatchOrder, CompletableFuture<DispatchOrder>> bodies,
      Function<Completion, byte[]> serializer,
      Consumer<Outcome> sink,
      FlowMeters meters,
      DoubleSupplier jitter,
      Traces traces) {
    this.settings = settings;
    this.thread = thread;
    this.gate = new Gate(settings.lane(), control, thread::now);
    this.accounts = new Accounts(gate, thread::now, jitter);
    this.adapters =
        adapters.stream().collect(Collectors.toMap(Adapter::dialect, Function.identity()));
    this.endpoints = Set.copyOf(endpoints);
    this.caller = caller;
    this.bodies = bodies;
    this.completions = new Completions(settings.lane(), settings.maxCompletionBytes(), serializer);
    this.sink = sink;
    this.meters = meters;
    this.jitter = jitter;
    this.traces = traces;
  }

  public void start() {
    thread.runAfter(SWEEP, this::sweepAgain);
  }

  public void submit(Work work) {
    knowPrefix(work);
    thread.run(
        () -> {
          Channel to = channel(work.order().getOffering());
          Optional<Offering> offering = gate.offering(to.id);
          Optional<End> end = gate.end(work, offering, to);
          if (end.isPresent()) {
            finish(to, work, end.get());
            return;
          }
          offering.ifPresent(known -> to.update(known, quotaShare));
          to.add(work);
          pump(to);
        });
  }

  private void knowPrefix(Work work) {
    if (settings.lane() == Lane.LOCAL) {
      work.startsWith(Prefix.ofBody(work.whole().getBody()));
    }
  }

  /** Ends an order that nobody waits for any more: it is not called, or its call is broken off. */
  public void withdraw(Work work) {
    work.withdraw();
    thread.run(
        () -> {
          Channel of = channel(work.order().getOffering());
          Optional<Offering> offering = gate.offering(of.id);
          for (Work waiting : of.removeWaiting(each -> each == work)) {
            finish(of, waiting, gate.end(waiting, offering, of).orElseThrow());
          }
          Optional.ofNullable(of.out().get(work)).ifPresent(out -> out.call.abort().run());
        });
  }

  private Channel channel(String offering) {
    return channels.computeIfAbsent(
        offering, id -> new Channel(id, endpoints, thread::now, jitter, meters.of(id)));
  }

  /** Gives orders up that are somebody else's now: no completion comes of them. */
  public void forget(Collection<Work> works) {
    works.forEach(Work::forget);
    thread.run(
        () -> {
          for (Channel each : List.copyOf(channels.values())) {
            each.out()
                .forEach(
                    (work, out) -> {
                      if (work.forgotten()) {
                        out.call.abort().run();
                      }
                    });
          }
          sweep();
        });
  }

  /** Looks at every order again, queued or out, under the control records of now. */
  public void controlChanged() {
    thread.run(
        () -> {
          ControlSnapshot known = gate.control();
          sweep();
          meters.inForce(known.epoch(), known.commandedAt());
        });
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
    for (Channel each : List.copyOf(channels.values())) {
      Optional<Offering> offering = gate.offering(each.id);
      offering.ifPresent(known -> each.update(known, quotaShare));
      for (Work work : each.removeWaiting(work -> gate.end(work, offering, each).isPresent())) {
        finish(each, work, gate.end(work, offering, each).orElseThrow());
      }
      offering.ifPresent(known -> abortSuspended(each, known));
      if (each.isIdle() && offering.isEmpty()) {
        channels.remove(each.id);
      } else {
        pump(each);
      }
    }
  }

  private void abortSuspended(Channel from, Offering offering) {
    from.out()
        .forEach(
            (work, out) -> {
              if (gate.halted(offering, work.order())) {
                out.call.abort().run();
              }
            });
  }

  /** Starts what can be started now, and comes back when more can. */
  private void pump(Channel to) {
    while (!stopped && to.hasWaiting()) {
      Optional<Offering> offering = gate.offering(to.id);
      if (offering.isEmpty()) {
        // The next sweep comes back.
        return;
      }
      to.update(offering.get(), quotaShare);
      Optional<Pick> next = to.pick(thread.now());
      if (next.isEmpty()) {
        // The end of a call comes back, or the end of a pause.
        Instant closedUntil = to.closedUntil();
        if (closedUntil.isAfter(thread.now())) {
          wake(to, Duration.between(thread.now(), closedUntil));
        }
        return;
      }
      if (!start(to, next.get(), offering)) {
        return;
      }
    }
  }

  /** False where the order has to wait. */
  private boolean start(Channel to, Pick pick, Optional<Offering> offering) {
    Work work = pick.work();
    Optional<End> end = gate.end(work, offering, to);
    if (end.isEmpty() && work.lacksBody()) {
      to.take(pick);
      fetchBody(to.id, work);
      return true;
    }
    end = end.or(() -> prepare(work, pick.replica().offering()));
    if (end.isPresent()) {
      to.take(pick);
      finish(to, work, end.get());
      return true;
    }
    long expected = to.quota.expected(work.request().estimatedTokens());
    boolean urgent =
        work.order().getServiceClass() == ServiceClass.INTERACTIVE
            || to.quota.smallShare().holds(work.order().getTenant());
    Duration wait = to.quota.untilReady(expected, urgent);
    if (!wait.isZero()) {
      if (work.countWait()) {
        to.meters.quotaWait();
      }
      wake(to, wait);
      return false;
    }
    to.take(pick);
    send(to, work, pick.replica(), expected);
    return true;
  }

  /** Its turn has come; with its body it goes to the head of its tenant's orders. */
  private void fetchBody(String offering, Work work) {
    bodies
        .apply(work.order())
        .whenComplete(
            (whole, failure) ->
                thread.run(
                    () -> {
                      Channel to = channel(offering);
                      if (failure == null) {
                        work.complete(whole);
                        knowPrefix(work);
                        to.addAgain(work);
                      } else {
                        finish(to, work, End.withoutBody(work.order(), failure));
                      }
                      pump(to);
                    }));
  }

  private void wake(Channel to, Duration delay) {
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

  /** How the order ends where it cannot be sent to the offering. */
  private Optional<End> prepare(Work work, Offering offering) {
    if (work.isPreparedFor(offering)) {
      return Optional.empty();
    }
    Adapter adapter = adapters.get(offering.getDialect());
    Preparation preparation =
        adapter == null
            ? new Preparation.Impossible(
                "unsupported_dialect",
                "offering %s speaks the dialect %s, which this dispatcher does not"
                    .formatted(offering.getId(), offering.getDialect()))
            : adapter.prepare(work.whole(), offering);
    if (preparation instanceof Preparation.Impossible impossible) {
      return Optional.of(
          new End.NotCalled(CompletionStatus.RETRYABLE, impossible.code(), impossible.message()));
    }
    work.prepared(offering, ((Preparation.Ready) preparation).request());
    return Optional.empty();
  }

  private void send(Channel to, Work work, Replica replica, long expectedTokens) {
    Offering offering = replica.offering();
    work.changeCalls(1);
    Adapter adapter = adapters.get(offering.getDialect());
    Out out = to.started(work, replica, expectedTokens);
    Span span = call(work);
    out.call =
        caller.call(
            work.request(),
            timeout(work, offering),
            () -> !work.forgotten() && !work.withdrawn() && !gate.halted(offering, work.order()));
    out.call
        .reply()
        .thenApply(reply -> new Read(reply, Reading.of(adapter, work.whole(), reply).orElse(null)))
        .whenComplete(
            (read, failure) ->
                thread.run(
                    () -> {
                      if (failure != null) {
                        throw new IllegalStateException(
                            "the caller broke its promise of a reply", failure);
                      }
                      span.setAttribute(Traces.OUTCOME, FlowMeters.result(read.reply())).end();
                      ended(to, work, out, read);
                    }));
  }

  /** Of one call. The provider is not told of it: it is somebody else. */
  private Span call(Work work) {
    return traces
        .follow("call", SpanKind.CLIENT, Traces.parent(work.span()))
        .setAttribute(Traces.REQUEST, work.order().getRequestId())
        .setAttribute(Traces.OFFERING, work.order().getOffering())
        .setAttribute(Traces.LANE, settings.lane().name());
  }

  /** An answer that comes after the deadline reaches nobody, so it is not waited for. */
  private Duration timeout(Work work, Offering offering) {
    Duration offered = Duration.ofSeconds(Math.max(1, offering.getTimeoutSeconds()));
    // A little behind it, so that the call's end finds the deadline passed.
    Duration left =
        Duration.between(thread.now(), work.order().getDeadline()).plus(BEHIND_DEADLINE);
    return left.compareTo(offered) < 0 ? left : offered;
  }

  /**
   * @param verdict null where nothing was written
   */
  private record Read(Reply reply, Verdict verdict) {}

  private void ended(Channel from, Work work, Out out, Read read) {
    Duration took = Duration.between(out.startedAt, thread.now());
    from.meters.called(FlowMeters.result(read.reply()), took);
    Verdict verdict = read.verdict();
    accounts.ended(from, work, out, took, verdict);
    if (verdict instanceof Verdict.Answer answer) {
      finish(from, work, new End.Answered(answer, out.startedAt));
    } else if (verdict instanceof Verdict.Rejected rejected) {
      finish(from, work, new End.Rejected(rejected, out.startedAt));
    } else if (verdict instanceof Verdict.Failed failed) {
      work.failed(failed);
      again(from, work, failed, out.startedAt);
    } else {
      Verdict.Failed notWritten =
          new Verdict.Failed(0, "suspended", "suspended before it was written", true, false, null);
      work.changeCalls(-1);
      work.failed(notWritten);
      again(from, work, notWritten, out.startedAt);
    }
    pump(from);
  }

  private void again(Channel to, Work work, Verdict.Failed failed, Instant startedAt) {
    Optional<End> end = gate.end(work, gate.offering(to.id), to);
    boolean over =
        end.isPresent()
            && (end.get() instanceof End.Halted
                || (end.get() instanceof End.NotCalled ended
                    && ended.status() == CompletionStatus.EXPIRED));
    if (over || work.forgotten()) {
      finish(
          to,
          work,
          end.get() instanceof End.Halted halted
              ? new End.Halted(halted.halt(), startedAt)
              : end.get());
      return;
    }
    Duration delay =
        failed.holds()
            ? Duration.ZERO
            : Pace.backOff(FIRST_RETRY, work.calls(), jitter.getAsDouble());
    boolean inTime = thread.now().plus(delay).isBefore(work.order().getDeadline());
    if (!failed.again() || work.calls() >= settings.maxCalls() || end.isPresent() || !inTime) {
      finish(to, work, new End.Failed(failed, startedAt));
      return;
    }
    if (delay.isZero()) {
      to.addAgain(work);
      return;
    }
    thread.runAfter(
        delay,
        () -> {
          Channel current = channel(to.id);
          current.addAgain(work);
          pump(current);
        });
  }

  private void finish(Channel from, Work work, End end) {
    if (work.forgotten()) {
      work.span().end();
      return;
    }
    Completions.Written written = completions.write(work, end, thread.now());
    from.meters.completed(written.status());
    work.span().setAttribute(Traces.OUTCOME, written.status().name()).end();
    sink.accept(new Outcome(work, written.bytes()));
  }
}
