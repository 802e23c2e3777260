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
import java.util.Set;
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

  private static final int TOO_MANY_REQUESTS = 429;

  private static final Duration FIRST_RETRY = Duration.ofMillis(250);

  /**
   * @param maxCalls calls that are made for one order at most
   * @param maxCompletionBytes longest completion that the topic takes
   */
  public record Settings(Lane lane, int maxCalls, int maxCompletionBytes) {}

  private final Settings settings;
  private final FlowThread thread;
  private final Gate gate;
  private final Map<String, Adapter> adapters;
  private final Caller caller;
  private final Completions completions;
  private final Consumer<Outcome> sink;
  private final FlowMeters meters;
  private final DoubleSupplier jitter;
  private final Set<String> endpoints;
  private final Map<String, Channel> channels = new HashMap<>();
  private double quotaShare = 1;
  private boolean stopped;

  /**
   * @param endpoints names of the endpoints that this process is configured with
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
      Function<Completion, byte[]> serializer,
      Consumer<Outcome> sink,
      FlowMeters meters,
      DoubleSupplier jitter) {
    this.settings = settings;
    this.thread = thread;
    this.gate = new Gate(settings.lane(), control, thread::now);
    this.adapters =
        adapters.stream().collect(Collectors.toMap(Adapter::dialect, Function.identity()));
    this.endpoints = Set.copyOf(endpoints);
    this.caller = caller;
    this.completions = new Completions(settings.lane(), settings.maxCompletionBytes(), serializer);
    this.sink = sink;
    this.meters = meters;
    this.jitter = jitter;
  }

  public void start() {
    thread.runAfter(SWEEP, this::sweepAgain);
  }

  public void submit(Work work) {
    if (settings.lane() == Lane.LOCAL) {
      work.startsWith(Prefix.ofBody(work.order().getBody()));
    }
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
              if (gate.suspended(offering, work.order().getTenant())) {
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
    Optional<End> end =
        gate.end(work, offering, to).or(() -> prepare(work, pick.replica().offering()));
    if (end.isPresent()) {
      to.take(pick);
      finish(to, work, end.get());
      return true;
    }
    long expected = to.quota.expected(work.request().estimatedTokens());
    Duration wait = to.quota.untilReady(expected);
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
            : adapter.prepare(work.order(), offering);
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
    String tenant = work.order().getTenant();
    Adapter adapter = adapters.get(offering.getDialect());
    Out out = to.started(work, replica, expectedTokens);
    out.call =
        caller.call(
            work.request(),
            timeout(work, offering),
            () -> !work.forgotten() && !gate.suspended(offering, tenant));
    out.call
        .reply()
        .thenApply(reply -> new Read(reply, Reading.of(adapter, work.order(), reply).orElse(null)))
        .whenComplete(
            (read, failure) ->
                thread.run(
                    () -> {
                      if (failure != null) {
                        throw new IllegalStateException(
                            "the caller broke its promise of a reply", failure);
                      }
                      ended(to, work, out, read);
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

  private void ended(Channel from, Work work, Out out, Read read) {
    Duration took = Duration.between(out.startedAt, thread.now());
    long output =
        read.verdict() instanceof Verdict.Answer answer && answer.usage() != null
            ? answer.usage().getOutput()
            : -1;
    from.ended(work, out, output);
    from.meters.called(FlowMeters.result(read.reply()), took);
    judge(from, work, out, took, read.verdict());
    pump(from);
  }

  /**
   * @param verdict null where nothing was written
   */
  private void judge(Channel from, Work work, Out out, Duration took, Verdict verdict) {
    Replica replica = out.replica;
    if (verdict instanceof Verdict.Answer answer) {
      replica.pace.succeeded(replica.maxConcurrency());
      replica.breaker.succeeded(out.probe, took);
      if (answer.usage() != null) {
        from.quota.correct(
            out.startedAt,
            work.request().estimatedTokens(),
            out.expectedTokens,
            tokens(answer.usage()));
      }
      if (answer.usageProblem() != null) {
        from.meters.usageProblem();
        LOG.warn(
            "usage; offering={} order={} problem={}",
            from.id,
            work.order().getOrderId(),
            answer.usageProblem());
      }
      finish(from, work, new End.Answered(answer, out.startedAt));
      return;
    }
    if (verdict instanceof Verdict.Rejected rejected) {
      replica.pace.succeeded(replica.maxConcurrency());
      replica.breaker.succeeded(out.probe, took);
      from.quota.settle(out.startedAt, out.expectedTokens, 0);
      finish(from, work, new End.Rejected(rejected, out.startedAt));
      return;
    }
    if (verdict instanceof Verdict.Failed failed) {
      failed(from, work, out, took, failed);
      return;
    }
    work.changeCalls(-1);
    replica.breaker.ignored(out.probe);
    from.quota.giveBack(out.startedAt, out.expectedTokens);
    Verdict.Failed notWritten =
        new Verdict.Failed(0, "suspended", "suspended before it was written", true, false, null);
    work.failed(notWritten);
    again(from, work, notWritten, out.startedAt);
  }

  private void failed(Channel from, Work work, Out out, Duration took, Verdict.Failed failed) {
    Replica replica = out.replica;
    boolean spent = failed.spent() != null && failed.spent().usage() != null;
    from.quota.settle(
        out.startedAt, out.expectedTokens, spent ? tokens(failed.spent().usage()) : 0);
    work.failed(failed);
    if (failed.holds()) {
      replica.pace.hold(thread.now(), failed.after(), jitter.getAsDouble());
      from.meters.held();
    }
    boolean aborted = work.forgotten() || gate.suspended(out.offering, work.order().getTenant());
    if (aborted || failed.statusCode() == TOO_MANY_REQUESTS) {
      replica.breaker.ignored(out.probe);
    } else {
      boolean worked = replica.breaker.mayCall();
      replica.breaker.failed(out.probe, took);
      if (worked && !replica.breaker.mayCall()) {
        from.meters.broke();
        LOG.warn(
            "calls fail, endpoint left alone; offering={} endpoint={} until={} cause={}",
            from.id,
            out.offering.getEndpoint(),
            replica.breaker.closedUntil(),
            failed.code());
      }
    }
    again(from, work, failed, out.startedAt);
  }

  private static long tokens(Usage usage) {
    return usage.getUncachedInput()
        + usage.getCacheRead()
        + usage.getCacheWrite5m()
        + usage.getCacheWrite1h()
        + usage.getOutput();
  }

  private void again(Channel to, Work work, Verdict.Failed failed, Instant startedAt) {
    Optional<End> end = gate.end(work, gate.offering(to.id), to);
    boolean over =
        end.isPresent()
            && end.get() instanceof End.NotCalled ended
            && (ended.status() == CompletionStatus.SUSPENDED
                || ended.status() == CompletionStatus.EXPIRED);
    if (over || work.forgotten()) {
      finish(to, work, end.get());
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
      return;
    }
    Completions.Written written = completions.write(work, end, thread.now());
    from.meters.completed(written.status());
    sink.accept(new Outcome(work, written.bytes()));
  }
}
