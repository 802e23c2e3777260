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
  private final Map<String, Channel> channels = new HashMap<>();
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
    this.gate = new Gate(settings.lane(), control, thread::now);
    this.adapters =
        adapters.stream().collect(Collectors.toMap(Adapter::dialect, Function.identity()));
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
    meters.queued(1);
    thread.run(
        () -> {
          Channel to = channels.computeIfAbsent(work.order().getOffering(), Channel::new);
          to.queue.add(work);
          pump(to);
        });
  }

  /** Gives orders up that are somebody else's now: no completion comes of them. */
  public void forget(Collection<Work> works) {
    works.forEach(Work::forget);
    thread.run(
        () -> {
          for (Channel each : List.copyOf(channels.values())) {
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
    for (Channel each : List.copyOf(channels.values())) {
      Optional<Offering> offering = gate.offering(each.id);
      for (Work work :
          each.queue.removeIf(work -> gate.end(work, offering, each.pace).isPresent())) {
        meters.queued(-1);
        finish(work, gate.end(work, offering, each.pace).orElseThrow());
      }
      offering.ifPresent(known -> abortSuspended(each, known));
      if (each.queue.size() == 0 && each.out.isEmpty() && offering.isEmpty()) {
        channels.remove(each.id);
      } else {
        pump(each);
      }
    }
  }

  private void abortSuspended(Channel from, Offering offering) {
    from.out.forEach(
        (work, call) -> {
          if (gate.suspended(offering, work.order().getTenant())) {
            call.abort().run();
          }
        });
  }

  /** Starts what can be started now, and comes back when more can. */
  private void pump(Channel to) {
    while (!stopped) {
      Optional<Work> next = to.queue.peek();
      if (next.isEmpty()) {
        return;
      }
      Work work = next.get();
      Optional<Offering> offering = gate.offering(to.id);
      Optional<End> end = gate.end(work, offering, to.pace);
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
      Duration wait =
          to.quota(offering.get(), quotaShare, thread::now)
              .untilReady(work.request().estimatedTokens());
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

  private void dequeue(Channel from) {
    from.queue.removeFirst();
    meters.queued(-1);
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

  private boolean prepare(Channel to, Work work, Offering offering) {
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

  private void send(Channel to, Work work, Offering offering) {
    ProviderRequest request = work.request();
    to.quota().take(request.estimatedTokens());
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
            () -> !work.forgotten() && !gate.suspended(offering, tenant));
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

  private void ended(Channel from, Work work, Offering offering, Instant startedAt, Read read) {
    from.out.remove(work);
    from.pace.ended();
    meters.inFlight(-1);
    meters.called(from.id, FlowMeters.result(read.reply()), Duration.between(startedAt, thread.now()));
    judge(from, work, offering, startedAt, read);
    pump(from);
  }

  private void judge(Channel from, Work work, Offering offering, Instant startedAt, Read read) {
    if (read.verdict() == null) {
      work.changeCalls(-1);
    }
    if (read.verdict() instanceof Verdict.Answer answer) {
      from.pace.succeeded(offering.getMaxConcurrency());
      if (answer.usage() != null) {
        from.quota().correct(work.request().estimatedTokens(), tokens(answer.usage()));
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

  private void again(Channel to, Work work, Verdict.Failed failed, Instant startedAt) {
    Optional<End> end = gate.end(work, gate.offering(to.id), to.pace);
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
          Channel current = channels.computeIfAbsent(to.id, Channel::new);
          current.queue.addAgain(work);
          pump(current);
        });
  }

  private void finish(Work work, End end) {
    if (work.forgotten()) {
      return;
    }
    Completions.Written written = completions.write(work, end, thread.now());
    meters.completed(work.order().getOffering(), written.status());
    sink.accept(new Outcome(work, written.bytes()));
  }
}
