package io.dualtrack.local.drill;

import io.dualtrack.schemas.LiveDrill;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;

/**
 * What came of a drill, as the topics have it. "The drill's requests" are those whose first choice
 * it kept them away from, and no others.
 *
 * @param drill as it began
 * @param begun when it was commanded
 * @param ended when it ended, by itself or before its time
 * @param interrupted whether it was ended before its time
 * @param complete whether all decisions that were written when it ended were committed in time to
 *     be counted; else there may be more requests than the figures say
 * @param switchedMillis from the command to the start of the last call that one of the drill's
 *     requests made where it was to keep away; 0 where none did
 * @param callsBehind how many such calls started behind the command
 * @param backMillis from the end to the first decision that lets a drawn request go there first;
 *     null where none was seen
 * @param admitted requests that were first decided on while it ran, drilled or not
 * @param requests of the drill
 * @param again of these, how many were decided on before and had to be decided again
 * @param answered of these, by the offering that answered
 * @param refused of these, by the codes of the reasons
 * @param failed of these
 * @param expired of these
 * @param open requests that were admitted while it ran, or are the drill's, and have no result
 * @param mostWaiting most of the drill's requests that waited for their result at one time
 * @param drainedMillis from the end until the last of the drill's requests had its result; 0 where
 *     none waited any more; null where some still wait
 * @param cost US dollars that the drill's requests cost where they went
 * @param costThere US dollars that they would have cost where they were kept away from, by the
 *     tokens that they used elsewhere
 * @param unpriced the drill's answers that have no price on one side, and are in neither sum
 */
public record DrillReport(
    LiveDrill drill,
    Instant begun,
    Instant ended,
    boolean interrupted,
    boolean complete,
    long switchedMillis,
    long callsBehind,
    Long backMillis,
    long admitted,
    long requests,
    long again,
    Map<String, Long> answered,
    Map<String, Long> refused,
    long failed,
    long expired,
    long open,
    long mostWaiting,
    Long drainedMillis,
    BigDecimal cost,
    BigDecimal costThere,
    long unpriced) {

  public long answeredInAll() {
    return answered.values().stream().mapToLong(Long::longValue).sum();
  }

  public long refusedInAll() {
    return refused.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Whether it ran to its end and every request of it is known and was answered elsewhere. */
  public boolean smooth() {
    return !interrupted
        && complete
        && open == 0
        && failed == 0
        && expired == 0
        && refused.isEmpty();
  }
}
