package io.dualtrack.topology.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.bodies.CardNumbers;
import io.dualtrack.policy.Decision;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.Obligation;
import io.dualtrack.topology.admission.Admission;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a request must be handled: the duties of all offerings that it may use, together. One body
 * serves whichever of them is called, so the strictest handling of any is that of all.
 *
 * @param retentionSeconds how long an answer may be kept; {@link Long#MAX_VALUE} for no limit
 */
public record Handling(
    boolean redactCards, boolean noStore, boolean instruction, long retentionSeconds) {

  private static final String MESSAGES = "messages";
  private static final String ROLE = "role";
  private static final String CONTENT = "content";
  private static final String SYSTEM = "system";

  /** Asks OpenAI to keep an answer for later retrieval. */
  private static final String STORE = "store";

  private static final Handling PLAIN = new Handling(false, false, false, Long.MAX_VALUE);

  /** The handling of one decision; nothing special where it refuses. */
  public static Handling of(Decision decision) {
    return of(decision.candidates().stream());
  }

  /** The handling of requests that share one call. */
  public static Handling ofAll(Collection<? extends Decision> decisions) {
    return of(decisions.stream().flatMap(each -> each.candidates().stream()));
  }

  private static Handling of(Stream<Candidate> candidates) {
    return candidates
        .filter(Candidate::getPermitted)
        .flatMap(candidate -> candidate.getObligations().stream())
        .reduce(PLAIN, Handling::with, (one, other) -> one);
  }

  private Handling with(Obligation obligation) {
    return switch (obligation.getKind()) {
      case REDACT_CARDS -> new Handling(true, noStore, instruction, retentionSeconds);
      case NO_STORE -> new Handling(redactCards, true, instruction, retentionSeconds);
      case PREPEND_INSTRUCTION -> new Handling(redactCards, noStore, true, retentionSeconds);
      case RETENTION ->
          new Handling(
              redactCards,
              noStore,
              instruction,
              Math.min(retentionSeconds, Math.max(0, obligation.getSeconds())));
      // Met by the offering itself, or by the topic of decisions.
      case COMPLIANCE_TIER, KEEP_LOGS -> this;
      case UNKNOWN ->
          throw new IllegalStateException("a duty that nobody knows permits no offering");
    };
  }

  /** How long an answer is kept: what the contract says, and no longer than the duties say. */
  public long cacheSeconds(long contractSeconds) {
    return Math.min(contractSeconds, retentionSeconds);
  }

  /**
   * Makes of a body what may be sent. Doing it again changes nothing more. Of fields that are in a
   * file, the ones of {@link #fit} may be sent.
   *
   * @param large fields of the body that are in a file; null where there are none
   * @param complianceInstruction of the tenant's contract; null where it has none
   * @return whether anything was changed
   */
  public boolean apply(ObjectNode body, LargeFields large, String complianceInstruction) {
    boolean changed = redactCards && CardNumbers.redact(body);
    changed |= noStore && body.remove(STORE) != null;
    if (instruction && complianceInstruction != null) {
      if (large != null && large.getNames().contains(MESSAGES) && !body.has(MESSAGES)) {
        // Those in the file come behind those in the body.
        body.putArray(MESSAGES);
      }
      changed |=
          body.get(MESSAGES) instanceof ArrayNode messages
              && prepend(messages, complianceInstruction);
    }
    return changed;
  }

  /**
   * Which file may be sent.
   *
   * @param large null where there is none
   * @return null where there is none
   */
  public LargeFields fit(LargeFields large) {
    return redactCards && large != null && large.getWithoutCards() != null
        ? new LargeFields(large.getNames(), large.getWithoutCards(), null)
        : large;
  }

  /**
   * Makes of a body what may be sent.
   *
   * @param large fields of the body that are in a file; null where there are none
   * @return the new body; nothing where it may be sent as it is
   */
  public Optional<String> apply(String body, LargeFields large, String complianceInstruction) {
    if (!redactCards && !noStore && !instruction) {
      return Optional.empty();
    }
    ObjectNode parsed = Admission.admittedBody(body);
    return apply(parsed, large, complianceInstruction)
        ? Optional.of(parsed.toString())
        : Optional.empty();
  }

  private static boolean prepend(ArrayNode messages, String text) {
    JsonNode first = messages.path(0);
    if (first.path(ROLE).asText().equals(SYSTEM) && first.path(CONTENT).asText().equals(text)) {
      return false;
    }
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    message.put(ROLE, SYSTEM);
    message.put(CONTENT, text);
    messages.insert(0, message);
    return true;
  }
}
