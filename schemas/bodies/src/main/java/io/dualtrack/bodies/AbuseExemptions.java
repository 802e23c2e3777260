package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.ExemptionKind;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Marks what the search for abuse leaves alone, where the text is. A published text is known by the
 * hash of how it begins, under the secret of the features that it is held against: so features that
 * were made elsewhere are marked as well, and what is marked shows nothing of any text.
 *
 * <p>Threads share an instance.
 */
public final class AbuseExemptions {

  /** The two places that a published text may be in, as one extractor hashes it. */
  private record Prefixes(AbuseExemption exemption, long ofPrompt, long ofSystem) {}

  private final List<AbuseExemption> records;
  private final FeatureExtractor extractor;
  private volatile Map<Integer, List<Prefixes>> byKey = Map.of();

  /**
   * @param records of all kinds; where several fit, the first by id is named
   * @param extractor that the features are made with
   */
  public AbuseExemptions(Collection<AbuseExemption> records, FeatureExtractor extractor) {
    this.records = records.stream().sorted(Comparator.comparing(AbuseExemption::getId)).toList();
    this.extractor = extractor;
  }

  /** Id of the exemption whose published text the system prompt or the prompt begins with. */
  public Optional<String> publicText(Features features, Instant at) {
    if (features == null || records.isEmpty()) {
      return Optional.empty();
    }
    return texts(features.getKeyEpoch()).stream()
        .filter(each -> holds(each.exemption(), at))
        .filter(
            each ->
                each.ofPrompt() == features.getSkeletonPrefix()
                    // 0 is no system prompt.
                    || (features.getSystemPrefix() != 0
                        && each.ofSystem() == features.getSystemPrefix()))
        .findFirst()
        .map(each -> each.exemption().getId());
  }

  /** None under a secret that the extractor does not have any more. */
  private List<Prefixes> texts(int keyEpoch) {
    Map<Integer, List<Prefixes>> known = byKey;
    if (!known.containsKey(keyEpoch)) {
      known = hash(keyEpoch);
      byKey = known;
    }
    return known.get(keyEpoch);
  }

  /**
   * Id of the exemption that verifies the organisation behind an account.
   *
   * @param payment keyed hash of the means of payment; null where unknown
   */
  public Optional<String> verified(String tenant, String payment, Instant at) {
    Predicate<AbuseExemption> ofOrganisation =
        each ->
            each.getKind() == ExemptionKind.ORGANISATION
                && (each.getTenant() != null || each.getPayment() != null)
                && (each.getTenant() == null || each.getTenant().equals(tenant))
                && (each.getPayment() == null || each.getPayment().equals(payment));
    return records.stream()
        .filter(ofOrganisation)
        .filter(each -> holds(each, at))
        .findFirst()
        .map(AbuseExemption::getId);
  }

  /**
   * Marks both.
   *
   * @param features null where there are none
   */
  public void stamp(Features features, Relations relations, String tenant, Instant at) {
    if (records.isEmpty()) {
      return;
    }
    publicText(features, at).ifPresent(id -> features.setPublicText(id));
    verified(tenant, relations.getPayment(), at).ifPresent(relations::setVerified);
  }

  /** Under the secrets in use; they change seldom. */
  private Map<Integer, List<Prefixes>> hash(int wanted) {
    Map<Integer, List<Prefixes>> hashed = new HashMap<>();
    for (AbuseExemption each : records) {
      if (each.getKind() == ExemptionKind.PUBLIC_TEXT && each.getText() != null) {
        FeatureExtractor.Extracted all = extractor.extractAll(body(each.getText()));
        add(each, all.current(), hashed);
        all.earlier().ifPresent(earlier -> add(each, earlier, hashed));
      }
    }
    hashed.putIfAbsent(wanted, List.of());
    return Map.copyOf(hashed);
  }

  private static void add(
      AbuseExemption exemption, Features features, Map<Integer, List<Prefixes>> hashed) {
    hashed
        .computeIfAbsent(features.getKeyEpoch(), epoch -> new ArrayList<>())
        .add(new Prefixes(exemption, features.getSkeletonPrefix(), features.getSystemPrefix()));
  }

  private static ObjectNode body(String text) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putArray("messages").add(message("system", text)).add(message("user", text));
    return body;
  }

  private static ObjectNode message(String role, String text) {
    return JsonNodeFactory.instance.objectNode().put("role", role).put("content", text);
  }

  private static boolean holds(AbuseExemption exemption, Instant at) {
    return !at.isBefore(exemption.getEffectiveFrom()) && at.isBefore(exemption.getEffectiveTo());
  }
}
