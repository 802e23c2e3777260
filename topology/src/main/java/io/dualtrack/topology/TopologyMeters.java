package io.dualtrack.topology;

import io.dualtrack.policy.CompiledBundle;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Reason;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What the topology counts. A record that is processed again after a failure counts again. */
public final class TopologyMeters {

  private final MeterRegistry registry;

  public TopologyMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Tells from now on what the process knows to be in force. */
  public void watch(ControlState control) {
    Gauge.builder(
            "dualtrack.topology.policy.validity",
            control,
            state -> validity(state.snapshot(), Instant.now()))
        .description("How long the policy in force may still open closed APIs; 0 for not at all")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder(
            "dualtrack.topology.suspension.epoch",
            control,
            state -> state.snapshot().suspensions().epoch())
        .description("Newest command of the kill switch that decisions are made under")
        .register(registry);
  }

  private static double validity(ControlSnapshot control, Instant now) {
    Optional<CompiledBundle> inForce = control.bundle();
    if (inForce.isEmpty()
        || inForce.get().standing().closesApis(inForce.get().bundle(), now).isPresent()) {
      return 0;
    }
    return Duration.between(now, inForce.get().standing().until()).toSeconds();
  }

  /** A request ended. */
  public void ended(InferenceResult result) {
    registry
        .counter(
            "dualtrack.topology.results",
            "tenant",
            // Names that no contract holds are for the sender to choose, without end.
            "UNKNOWN_TENANT".equals(result.getErrorCode()) ? "unknown" : result.getTenant(),
            "outcome",
            result.getOutcome().name(),
            "source",
            result.getSource().name(),
            "lane",
            result.getLane() == null ? "NONE" : result.getLane().name())
        .increment();
  }

  /**
   * The prompt cache did something with a request.
   *
   * @param what hit, joined, ordered or duplicate
   */
  public void cache(String what) {
    registry.counter("dualtrack.topology.cache", "what", what).increment();
  }

  /** A request was decided on. */
  public void decided(boolean permitted) {
    registry
        .counter("dualtrack.topology.decisions", "permitted", Boolean.toString(permitted))
        .increment();
  }

  /** Why a request was refused: one of the reasons, without its text. */
  public void refused(Reason reason) {
    registry
        .counter("dualtrack.topology.refusals", "rule", reason.getRule(), "code", reason.getCode())
        .increment();
  }

  /**
   * A hard budget did something with a request.
   *
   * @param what reserved, refused, moved, decided again or abandoned
   */
  public void budget(String tenant, String what) {
    registry.counter("dualtrack.topology.budgets", "tenant", tenant, "what", what).increment();
  }

  /** A rule that people want to know of at once rejected a request. */
  public void policyAlert(String rule, String code) {
    registry.counter("dualtrack.topology.policy.alerts", "rule", rule, "code", code).increment();
  }

  /** A policy that is older than the one in force was published. */
  public void policyRefused() {
    registry.counter("dualtrack.topology.policies.refused").increment();
  }

  /** A caller left whose request had ended already. */
  public void withdrawnInVain() {
    registry.counter("dualtrack.topology.withdrawals.late").increment();
  }

  /**
   * Something became of a request that was chosen for a copy.
   *
   * @param what ordered, answered or failed; not permitted, unfit, unpriced, over budget or full
   *     where none was made
   */
  public void shadow(String what) {
    registry.counter("dualtrack.topology.shadows", "what", what).increment();
  }

  /**
   * A move took a step.
   *
   * @param what onward, done or returned
   */
  public void move(String move, String what) {
    registry.counter("dualtrack.topology.moves", "move", move, "what", what).increment();
  }

  /** A completion settled nothing: its flight is over, or has another order out. */
  public void ignoredCompletion() {
    registry.counter("dualtrack.topology.completions.ignored").increment();
  }

  /** A record was given up. */
  public void deadLetter(String topic, String code) {
    registry.counter("dualtrack.topology.dead.letters", "topic", topic, "code", code).increment();
  }
}
