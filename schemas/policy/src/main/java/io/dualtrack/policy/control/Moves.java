package io.dualtrack.policy.control;

import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveWeight;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The moves that nobody has stopped, and how far each of them is. */
public final class Moves {

  /**
   * A move and its share.
   *
   * @param state RUNNING where nothing was told of it yet
   * @param percent of the requests that go to the target first
   */
  public record Standing(Move move, MoveState state, int percent) {

    /** Whether requests of a tenant are moved at all. */
    public boolean isFor(String tenant) {
      return move.getTenants().isEmpty() || move.getTenants().contains(tenant);
    }

    private boolean orders(String tenant, List<String> permitted) {
      return percent > 0
          && isFor(tenant)
          && permitted.get(0).equals(move.getFrom())
          && permitted.contains(move.getTo());
    }
  }

  private final List<Standing> standings;

  /**
   * @param weights by the move's id; those of an earlier run of a move say nothing
   */
  public Moves(Collection<Move> moves, Map<String, MoveWeight> weights) {
    this.standings =
        moves.stream()
            .filter(move -> !move.getStopped() && !move.getSteps().isEmpty())
            .map(move -> standing(move, weights.get(move.getId())))
            .sorted(Comparator.comparing(standing -> standing.move().getId()))
            .toList();
  }

  private static Standing standing(Move move, MoveWeight weight) {
    return weight == null || !weight.getStartedAt().equals(move.getStartedAt())
        ? new Standing(move, MoveState.RUNNING, move.getSteps().get(0))
        : new Standing(move, weight.getState(), weight.getPercent());
  }

  /** By id. */
  public List<Standing> all() {
    return standings;
  }

  /** A run of a move that is still under watch. */
  public Optional<Standing> running(String id, Instant startedAt) {
    return standings.stream()
        .filter(each -> each.state() == MoveState.RUNNING)
        .filter(each -> each.move().getId().equals(id))
        .filter(each -> each.move().getStartedAt().equals(startedAt))
        .findFirst();
  }

  /**
   * The move that has a say in the order of some offerings: its source would be called, and its
   * target may be.
   *
   * @param permitted in order, never empty
   */
  public Optional<Standing> of(String tenant, List<String> permitted) {
    for (Standing each : standings) {
      if (each.orders(tenant, permitted)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
