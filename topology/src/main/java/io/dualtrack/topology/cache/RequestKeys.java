package io.dualtrack.topology.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import io.dualtrack.bodies.CanonicalJson;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.TextSubject;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The hashes that say which requests are equal.
 *
 * @param inputHash SHA-256 of the canonical request, hex
 * @param cacheKey SHA-256, hex, of the canonical request, its model, tenant, endpoint and residency
 *     zone, and its account where texts are under keys of accounts: whoever shares it may share an
 *     answer
 */
public record RequestKeys(String inputHash, String cacheKey) {

  /** Says who asks and not what is asked. */
  private static final Set<String> NOT_ASKED = Set.of("user");

  /**
   * @param body without Dualtrack's own metadata
   * @param large fields of the body that are in a file; null where there are none
   * @param sharing who may share the answer: a whole tenant, or one account of it alone
   */
  public static RequestKeys of(
      ObjectNode body,
      LargeFields large,
      String endpoint,
      RequestProfile profile,
      TextSubject sharing) {
    String canonical = CanonicalJson.of(body, NOT_ASKED);
    String inputHash =
        sha256(large == null ? canonical : canonical + "\0" + large.getFile().getContentHash());
    String scope =
        String.join("\0", inputHash, profile.model(), sharing.tenant(), endpoint, profile.zone());
    if (!sharing.isTenant()) {
      scope += "\0" + sharing.account();
    }
    return new RequestKeys(inputHash, sha256(scope));
  }

  /**
   * Whether asking again would give another answer: a temperature above 0, or none, which providers
   * take as 1, and no seed.
   */
  public static boolean sampled(ObjectNode body) {
    if (body.path("seed").isIntegralNumber()) {
      return false;
    }
    JsonNode temperature = body.path("temperature");
    return !temperature.isNumber() || temperature.doubleValue() > 0;
  }

  private static String sha256(String text) {
    return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
  }
}
