package io.dualtrack.local.readiness;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.Refusals;
import io.dualtrack.inference.adapter.OutputLimit;
import io.dualtrack.policy.jurisdiction.JurisdictionTagger;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Offering;
import io.dualtrack.topology.admission.Admission;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What recorded requests ask for that an offering declares it cannot do: parameters that its
 * dialect refuses, and lengths beyond its own. No copy is needed to know it.
 *
 * <p>Of a request only names of parameters and lengths are kept.
 */
public final class Breaks {

  /** Tokens, as the provider that answered counted them. */
  private record Length(long prompt, long answer) {}

  private final Offering to;
  private final Refusals refusals;
  private final Set<String> requests;
  private final Set<String> lookedAt = new HashSet<>();
  private final Map<String, Long> parameters = new TreeMap<>();
  private final Map<String, Length> lengths = new HashMap<>();
  private final Map<String, Long> asked = new HashMap<>();
  private long refused;

  /**
   * @param to that would answer
   * @param requests ids of the requests that would move
   */
  public Breaks(Offering to, Set<String> requests) {
    this.to = to;
    this.refusals = new Refusals(to);
    this.requests = Set.copyOf(requests);
  }

  /** How long an answer was, whoever gave it. */
  public void add(Exchange exchange) {
    if (exchange.getUsage() != null
        && !exchange.getShadow()
        && requests.contains(exchange.getRequestId())) {
      lengths.put(
          exchange.getRequestId(),
          new Length(Traffic.inputOf(exchange.getUsage()), exchange.getUsage().getOutput()));
    }
  }

  /** What a request asks for. One whose text is sealed or partly in a file is not looked at. */
  public void add(InferenceRequest request) {
    if (!requests.contains(request.getRequestId())
        || request.getSealed() != null
        || request.getLarge() != null
        || lookedAt.contains(request.getRequestId())) {
      return;
    }
    ObjectNode body;
    try {
      body = Admission.admittedBody(request.getBody());
    } catch (IllegalStateException e) {
      // Not what was decided on: its producer used the id again.
      return;
    }
    lookedAt.add(request.getRequestId());
    JurisdictionTagger.takeOwnMetadata(body);
    Set<String> names = refusals.of(request.getEndpoint(), body);
    names.forEach(name -> parameters.merge(name, 1L, Long::sum));
    refused += names.isEmpty() ? 0 : 1;
    long limit = OutputLimit.of(body);
    if (limit > 0) {
      asked.put(request.getRequestId(), limit);
    }
  }

  /** Requests that would move. */
  public long requests() {
    return requests.size();
  }

  /** Requests whose parameters are known. */
  public long lookedAt() {
    return lookedAt.size();
  }

  /** Requests of which something is refused. */
  public long refused() {
    return refused;
  }

  /** In how many requests each parameter is refused. */
  public Map<String, Long> parameters() {
    return Map.copyOf(parameters);
  }

  /** Requests whose length is known, because they were answered. */
  public long measured() {
    return lengths.size();
  }

  /** Answers that were longer than one there can be; empty where it declares no limit. */
  public Optional<Long> longerAnswers() {
    return Optional.ofNullable(to.getMaxOutputTokens())
        .map(most -> count(each -> lengths.get(each).answer() > most));
  }

  /** Prompts that do not fit there with the answer that they got; empty where none is declared. */
  public Optional<Long> beyondContext() {
    return Optional.ofNullable(to.getContextTokens())
        .map(most -> count(each -> total(each, lengths.get(each).answer()) > most));
  }

  /**
   * Prompts that fit with the answer that they got and would not with the longest that they permit,
   * which some servers refuse; empty where no context is declared.
   */
  public Optional<Long> beyondContextAsAsked() {
    return Optional.ofNullable(to.getContextTokens())
        .map(
            most ->
                count(
                    each ->
                        total(each, lengths.get(each).answer()) <= most
                            && total(each, asked.getOrDefault(each, 0L)) > most));
  }

  private long total(String request, long answer) {
    return lengths.get(request).prompt() + answer;
  }

  private long count(Predicate<String> holds) {
    return lengths.keySet().stream().filter(holds).count();
  }
}
