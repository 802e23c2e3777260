package io.dualtrack.inference.flow;

import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.flow.Channel.Out;
import io.dualtrack.schemas.Usage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an offering and its endpoint are held to by each call that ends. */
final class Accounts {

  private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
  private static final int TOO_MANY_REQUESTS = 429;

  private final Gate gate;
  private final InstantSource clock;
  private final DoubleSupplier jitter;

  /**
   * @param jitter numbers from 0 to 1
   */
  Accounts(Gate gate, InstantSource clock, DoubleSupplier jitter) {
    this.gate = gate;
    this.clock = clock;
    this.jitter = jitter;
  }

  /**
   * @param verdict null where nothing was written
   */
  void ended(Channel from, Work work, Out out, Duration took, Verdict verdict) {
    Replica replica = out.replica;
    if (verdict instanceof Verdict.Answer answer) {
      from.ended(work, out, answer.usage() == null ? -1 : answer.usage().getOutput());
      replica.pace.succeeded(replica.maxConcurrency());
      replica.breaker.succeeded(out.probe, took);
      answered(from, work, out, answer);
      return;
    }
    from.ended(work, out, -1);
    if (verdict instanceof Verdict.Rejected) {
      replica.pace.succeeded(replica.maxConcurrency());
      replica.breaker.succeeded(out.probe, took);
      from.quota.settle(out.startedAt, out.expectedTokens, 0);
    } else if (verdict instanceof Verdict.Failed failed) {
      failed(from, work, out, took, failed);
    } else {
      replica.breaker.ignored(out.probe);
      from.quota.giveBack(out.startedAt, out.expectedTokens);
    }
  }

  private static void answered(Channel from, Work work, Out out, Verdict.Answer answer) {
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
  }

  private void failed(Channel from, Work work, Out out, Duration took, Verdict.Failed failed) {
    Replica replica = out.replica;
    boolean spent = failed.spent() != null && failed.spent().usage() != null;
    from.quota.settle(
        out.startedAt, out.expectedTokens, spent ? tokens(failed.spent().usage()) : 0);
    if (failed.holds()) {
      replica.pace.hold(clock.instant(), failed.after(), jitter.getAsDouble());
      from.meters.held();
    }
    boolean aborted =
        work.forgotten() || work.withdrawn() || gate.halted(out.offering, work.order());
    if (aborted || failed.statusCode() == TOO_MANY_REQUESTS) {
      replica.breaker.ignored(out.probe);
      return;
    }
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

  private static long tokens(Usage usage) {
    return usage.getUncachedInput()
        + usage.getCacheRead()
        + usage.getCacheWrite5m()
        + usage.getCacheWrite1h()
        + usage.getOutput()
        + usage.getAudioInput()
        + usage.getAudioCacheRead()
        + usage.getAudioOutput()
        + usage.getImageInput()
        + usage.getImageOutput()
        + usage.getMismatch();
  }
}
