package io.dualtrack.gateway.access;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a caller says of its requests in headers: the same terms that a body's {@code metadata} may
 * hold as {@code dualtrack.…}. They bind every request of the call, beside what each body says.
 */
public final class CallerAttributes {

  private static final String PREFIX = "x-dualtrack-";

  /** Names of attributes by the header's ending. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("regions", "data_subject_regions"),
          Map.entry("data-classes", "data_classes"),
          Map.entry("country", "declared_country"),
          Map.entry("processing", "asked_processing"),
          Map.entry("storage", "asked_storage"),
          Map.entry("retention-days", "retention_limit_days"),
          Map.entry("regimes", "regimes"),
          Map.entry("persons", "persons"),
          Map.entry("us-person", "ear_us_person"),
          Map.entry("no-store", "no_store"),
          Map.entry("task", "task"),
          Map.entry("offering", "asked_offering"));

  /** Headers of the prefix that say something else. */
  private static final Set<String> OTHERS = Set.of("deadline-seconds");

  private CallerAttributes() {}

  /**
   * Values are checked where the request is admitted.
   *
   * @throws io.dualtrack.gateway.error.ApiException with 400 for a header of the prefix that is not
   *     known: a misspelt restriction must not count as none
   */
  public static List<Attribute> of(Map<String, String> headers) {
    List<Attribute> attributes = new ArrayList<>();
    for (Map.Entry<String, String> header : new TreeMap<>(headers).entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (!name.startsWith(PREFIX) || OTHERS.contains(name.substring(PREFIX.length()))) {
        continue;
      }
      String attribute = NAMES.get(name.substring(PREFIX.length()));
      if (attribute == null) {
        throw ApiError.invalid(
                "unknown_header",
                null,
                "There is no header of this name beginning with X-Dualtrack-; known are %s."
                    .formatted(String.join(", ", NAMES.keySet().stream().sorted().toList())))
            .toException();
      }
      attributes.add(new Attribute(attribute, values(header.getValue()), AttributeSource.CALLER));
    }
    return attributes;
  }

  private static List<String> values(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip).sorted().distinct().toList();
  }
}
