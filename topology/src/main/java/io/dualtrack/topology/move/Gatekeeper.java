package io.dualtrack.topology.move;

import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import io.dualtrack.schemas.MoveSide;
import io.dualtrack.schemas.MoveTally;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowShare;
import io.dualtrack.schemas.statistics.Interval;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Says whether a move may take its next step, or has to go back.
 *
 * <p>Onward only where the whole interval of every figure is within its gate: a target of which
 * little is known is not a good one. Back as soon as the whole interval of one figure is beyond it.
 * That is asked after every call, and who asks often finds something in the end; so going back is
 * asked at 99.9% and never of fewer than 20 calls, going onward at 95%.
 */
final class Gatekeeper {

  /** Below this a normal approximation says nothing. */
  private static final long FEWEST = 20;

  /** Share of answers that are beyond a 95th percentile. */
  private static final double BEYOND = 0.05;

  private static final int ALL = 100;

  /**
   * One question.
   *
   * @param least of what is asked, at the confidence of going back; null where little is known
   * @param most of it, at the confidence of going onward; null where too little is known
   * @param allowed above which it is too much
   * @param says what is asked, with its counts
   */
  private record Figure(Double least, Double most, double allowed, Supplier<String> says) {

    boolean isBeyond() {
      return least != null && least > allowed;
    }

    boolean isWithin() {
      return most != null && most <= allowed;
    }
  }

  private Gatekeeper() {}

  static Verdict judge(Move move, MoveTally tally, Instant now) {
    MoveGates gates = move.getGates();
    List<Figure> figures = new ArrayList<>();
    figures.add(failures(move, tally));
    if (gates.getLatencyFactor() != null) {
      figures.add(latency(move, tally));
    }
    if (gates.getLossPoints() != null) {
      tally.getPairs().forEach(share -> loss(gates, share).ifPresent(figures::add));
    }
    Optional<Figure> beyond = figures.stream().filter(Figure::isBeyond).findFirst();
    if (beyond.isPresent()) {
      return new Verdict.Back(beyond.get().says().get());
    }
    boolean sampled =
        !now.isBefore(tally.getStepAt().plusSeconds(gates.getSeconds()))
            && tally.getSource().getCalls() >= gates.getCalls()
            && tally.getTarget().getCalls() >= gates.getCalls()
            && (gates.getLossPoints() == null || tellsOfContent(move, tally));
    boolean within =
        figures.stream().filter(each -> each.most() != null).allMatch(Figure::isWithin);
    return sampled && within ? new Verdict.Onward(figures.get(0).says().get()) : new Verdict.Wait();
  }

  /**
   * How many more of the target's calls fail. A source that was hardly called is taken for one that
   * never fails: what else should a target be held against that is called alone.
   */
  private static Figure failures(Move move, MoveTally tally) {
    MoveSide source = tally.getSource();
    MoveSide target = tally.getTarget();
    boolean isKnown = target.getCalls() >= FEWEST;
    Double least = isKnown ? more(source, target, Interval.Z_999).low() : null;
    Double most = isKnown ? more(source, target, Interval.Z_95).high() : null;
    return new Figure(
        least,
        most,
        move.getGates().getFailurePoints() / ALL,
        () ->
            "%d of %d calls to %s failed, and %d of %d to %s"
                    .formatted(
                        target.getFailed(),
                        target.getCalls(),
                        move.getTo(),
                        source.getFailed(),
                        source.getCalls(),
                        move.getFrom())
                + points(least, most, move.getGates().getFailurePoints(), "more"));
  }

  private static Interval more(MoveSide source, MoveSide target, double z) {
    return source.getCalls() < FEWEST
        ? Interval.share(target.getFailed(), target.getCalls(), z)
        : Interval.ofIndependent(
            source.getFailed(), source.getCalls(), target.getFailed(), target.getCalls(), z);
  }

  /** Which share of the target's answers takes longer than the source's 95th percentile allows. */
  private static Figure latency(Move move, MoveTally tally) {
    List<Long> source = tally.getSource().getAnswered();
    List<Long> target = tally.getTarget().getAnswered();
    long answered = Latencies.total(target);
    if (Latencies.total(source) < FEWEST || answered < FEWEST) {
      return new Figure(null, null, BEYOND, () -> "");
    }
    double limit = Latencies.percentile95(source) * move.getGates().getLatencyFactor();
    long slow = Latencies.above(target, limit);
    double least = Interval.share(slow, answered, Interval.Z_999).low();
    double most = Interval.share(slow, answered).high();
    return new Figure(
        least,
        most,
        BEYOND,
        () ->
            "%d of %d answers of %s took longer than %.0f ms, which is %s times the 95th percentile of %s"
                    .formatted(
                        slow,
                        answered,
                        move.getTo(),
                        limit,
                        move.getGates().getLatencyFactor(),
                        move.getFrom())
                + points(least, most, ALL * BEYOND, "of them"));
  }

  /**
   * Which share of the compared pairs the target answers worse, or otherwise; empty for no loss.
   */
  private static Optional<Figure> loss(MoveGates gates, ShadowShare share) {
    if (share.getPairs() < FEWEST || !tellsOfLoss(share.getMeasure())) {
      return Optional.empty();
    }
    Double most = share.getPairs() < gates.getPairs() ? null : lost(share, Interval.Z_95).high();
    double least = lost(share, Interval.Z_999).low();
    return Optional.of(
        new Figure(
            least,
            most,
            gates.getLossPoints() / ALL,
            () ->
                "%s in %d pairs of answers".formatted(share.getMeasure(), share.getPairs())
                    + points(least, most, gates.getLossPoints(), "lost")));
  }

  private static Interval lost(ShadowShare share, double z) {
    return switch (share.getMeasure()) {
      case SAME_NUMBER, SAME_TOOL_CALLS ->
          Interval.share(share.getPairs() - share.getBoth(), share.getPairs(), z);
      case REFUSED, CUT_OFF ->
          Interval.difference(share.getFrom(), share.getTo(), share.getBoth(), share.getPairs(), z);
      // The other way round: what the source does and the target does not is lost.
      case ANSWERED, VALID_JSON, FITS_SCHEMA ->
          Interval.difference(share.getTo(), share.getFrom(), share.getBoth(), share.getPairs(), z);
      case SAME_TEXT, SAME_NORMALISED, SAME_LANGUAGE, LENGTH, OUTPUT_TOKENS, LATENCY, UNKNOWN ->
          throw new IllegalArgumentException("nothing is lost by " + share.getMeasure());
    };
  }

  private static boolean tellsOfLoss(ShadowMeasure measure) {
    return switch (measure) {
      case SAME_NUMBER, SAME_TOOL_CALLS, REFUSED, CUT_OFF, ANSWERED, VALID_JSON, FITS_SCHEMA ->
          true;
      case SAME_TEXT, SAME_NORMALISED, SAME_LANGUAGE, LENGTH, OUTPUT_TOKENS, LATENCY, UNKNOWN ->
          false;
    };
  }

  /**
   * Whether enough pairs tell right from wrong. Where the target has every request there are no
   * pairs any more: copies follow what the source answers.
   */
  private static boolean tellsOfContent(Move move, MoveTally tally) {
    return move.getSteps().get(tally.getStep()) == ALL
        || tally.getPairs().stream()
            .filter(share -> share.getPairs() >= move.getGates().getPairs())
            .map(ShadowShare::getMeasure)
            .anyMatch(
                measure ->
                    measure == ShadowMeasure.SAME_NUMBER
                        || measure == ShadowMeasure.SAME_TOOL_CALLS
                        || measure == ShadowMeasure.FITS_SCHEMA);
  }

  private static String points(Double least, Double most, double allowed, String what) {
    if (least == null) {
      return "";
    }
    String range =
        most == null
            ? String.format(Locale.ROOT, "at least %.1f", ALL * least)
            : String.format(Locale.ROOT, "%.1f to %.1f", ALL * least, ALL * most);
    return String.format(
        Locale.ROOT, ": %s points %s, where %.1f are allowed", range, what, allowed);
  }
}
