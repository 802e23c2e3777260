package io.dualtrack.bench;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.policy.CelPolicyEngine;
import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Decisions over {@value #OFFERINGS} offerings and {@value #RULES} rules, those of the starter pack
 * and copies of them. One thread, as a stream thread decides.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {

  static final int OFFERINGS = 40;
  static final int RULES = 30;

  private static final int PROFILES = 256;
  private static final Instant AT = Instant.parse("2026-11-21T08:00:00Z");
  private static final String MODEL = "gpt-5.6-sol";

  private ControlSnapshot control;
  private List<Offering> offerings;
  private RequestProfile[] equal;
  private RequestProfile[] different;
  private Decider decider;
  private CelPolicyEngine engine;
  private int next;

  @Setup
  public void prepare() {
    ControlSet shipped = ShippedControl.read();
    offerings =
        IntStream.range(0, OFFERINGS)
            .mapToObj(
                number -> {
                  Offering like = shipped.offerings().get(number % shipped.offerings().size());
                  return Offering.newBuilder(like)
                      .setId(like.getId() + "-" + number)
                      .setModel(MODEL)
                      .build();
                })
            .toList();
    PolicyBundle starter = PolicyBundle.newBuilder(shipped.policies().get(0)).build();
    List<Rule> rules = new ArrayList<>(starter.getRules());
    for (int number = 0; rules.size() < RULES; number++) {
      Rule like = starter.getRules().get(number);
      rules.add(Rule.newBuilder(like).setId(like.getId() + "-again").build());
    }
    starter.setRules(rules.subList(0, RULES));
    Tenant tenant = Tenant.newBuilder(shipped.tenants().get(0)).build();
    tenant.setModels(List.of(new ModelContract(MODEL, List.of(), List.of())));
    ControlState state =
        ControlState.holding(List.of(tenant), offerings, List.of(starter), List.of(), List.of());
    control = state.snapshot();
    decider = new Decider(state);
    engine = new CelPolicyEngine(control.bundle(), control.suspensions(), control.volumes());
    equal = profiles(tenant.getId(), false);
    different = profiles(tenant.getId(), true);
    if (decider.decide(equal[0], AT).decision().candidates().size() != OFFERINGS) {
      throw new IllegalStateException("not every offering is judged");
    }
  }

  /** Personal and health data of the EU and the US, which most rules have something to say of. */
  private static RequestProfile[] profiles(String tenant, boolean different) {
    return IntStream.range(0, PROFILES)
        .mapToObj(
            number ->
                new RequestProfile(
                    new String(tenant),
                    new String(MODEL),
                    List.of("EU", "US"),
                    List.of("financial", "health", "personal"),
                    List.of("EU", "US"),
                    List.of("DORA"),
                    List.of(),
                    List.of("EU", "US"),
                    List.of(),
                    List.of(),
                    List.of("DPF", "SCC"),
                    "DE",
                    "",
                    "DE",
                    different ? RequestProfile.NO_LIMIT - number : RequestProfile.NO_LIMIT,
                    Instant.EPOCH,
                    Instant.EPOCH,
                    false,
                    List.of()))
        .toArray(RequestProfile[]::new);
  }

  /** Known attributes under known records: the decision is remembered. */
  @Benchmark
  public Decider.Ruling memoised() {
    return decider.decide(equal[next++ & (PROFILES - 1)], AT);
  }

  /** New attributes under known records. */
  @Benchmark
  public Decision fresh() {
    return engine.decide(different[next++ & (PROFILES - 1)], offerings, Set.of(), AT);
  }

  /** The first decision after any record changed: nothing is kept of the offerings either. */
  @Benchmark
  public Decision firstAfterAChange() {
    return new CelPolicyEngine(control.bundle(), control.suspensions(), control.volumes())
        .decide(different[next++ & (PROFILES - 1)], offerings, Set.of(), AT);
  }
}
