package io.dualtrack.review.control;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** Checks of single fields that several kinds of records share. */
final class FieldChecks {

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Set<String> COUNTRIES = Set.of(Locale.getISOCountries());
  private static final Set<String> REGIONS =
      Stream.concat(
              COUNTRIES.stream().filter(country -> !country.equals("GB")),
              Stream.of("EU", "UK", "GLOBAL"))
          .collect(Collectors.toUnmodifiableSet());

  private final Places places;

  FieldChecks(Places places) {
    this.places = places;
  }

  <T extends SpecificRecord> void unique(
      List<T> records, Function<T, String> id, String name, String key) {
    Map<String, T> seen = new HashMap<>();
    for (T record : records) {
      T earlier = seen.putIfAbsent(id.apply(record), record);
      if (earlier != null) {
        places.problem(
            record,
            key,
            "%s '%s' is there twice, first at %s"
                .formatted(name, id.apply(record), places.of(earlier)),
            "keep one of them");
      }
    }
  }

  void id(SpecificRecord record, String id) {
    if (!ID.matcher(id).matches()) {
      places.problem(
          record,
          "id",
          "'id' cannot be '%s'".formatted(id),
          "use letters, digits, point, dash and underscore, at most 128");
    }
  }

  void country(SpecificRecord record, String key, String country) {
    if (!COUNTRIES.contains(country)) {
      places.problem(
          record,
          key,
          "'%s' is not a country: %s".formatted(key, country),
          "write its ISO 3166 code of two capital letters");
    }
  }

  void regions(SpecificRecord record, String key, List<String> regions) {
    for (String region : regions) {
      if (!REGIONS.contains(region)) {
        places.problem(
            record,
            key,
            "'%s' has the unknown region '%s'".formatted(key, region),
            region.equals("GB")
                ? "write UK"
                : "write EU, UK, GLOBAL or a country's ISO code of two capital letters");
      }
    }
  }

  void allOf(SpecificRecord record, String key, List<String> values, List<String> known) {
    values.forEach(value -> oneOf(record, key, value, known));
  }

  void oneOf(SpecificRecord record, String key, String value, List<String> known) {
    if (!known.contains(value)) {
      places.problem(
          record,
          key,
          "'%s' cannot be '%s'".formatted(key, value),
          "write one of " + String.join(", ", known));
    }
  }

  void atLeastOne(SpecificRecord record, String key, Long value) {
    if (value != null && value < 1) {
      places.problem(record, key, "'%s' is below 1".formatted(key), "write 1 or more");
    }
  }

  void period(SpecificRecord record, Instant from, Instant to) {
    if (to != null && !to.isAfter(from)) {
      places.problem(
          record, "effective_to", "'effective_to' is not after 'effective_from'", "mend the dates");
    }
  }
}
