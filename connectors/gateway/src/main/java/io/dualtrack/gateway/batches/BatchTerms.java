package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.access.CallerAttributes;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.schemas.Attribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a create says of every request of its batch: in headers, and in the batch's metadata under
 * keys that begin with {@code dualtrack.}, as a body's own metadata may.
 */
public final class BatchTerms {

  private static final String METADATA = "dualtrack.";
  private static final String HEADER = "x-dualtrack-";

  private BatchTerms() {}

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 400 for a term that is not known: a
   *     misspelt restriction must not count as none
   */
  public static List<Attribute> of(Map<String, String> headers, Map<String, String> metadata) {
    List<Attribute> terms = new ArrayList<>(CallerAttributes.of(headers));
    Map<String, String> said = new TreeMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(METADATA)) {
            said.put(HEADER + key.substring(METADATA.length()).replace('_', '-'), value);
          }
        });
    try {
      terms.addAll(CallerAttributes.of(said));
    } catch (ApiException e) {
      throw ApiError.invalid(
              "invalid_metadata",
              "metadata",
              "metadata holds a key beginning with dualtrack. that is not known.")
          .toException();
    }
    return terms;
  }
}
