package io.dualtrack.policy.jurisdiction;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a caller says of a request in the body's {@code metadata}, under keys that begin with {@code
 * dualtrack.}.
 *
 * <p>A key or a value that is not understood makes the request invalid: a misspelt restriction must
 * not count as none. Nothing that can be said here permits more than saying nothing would.
 */
final class CallerTerms {

  /** Values of one attribute, at most: rules go through them. */
  static final int MAX_VALUES = 64;

  private static final String METADATA = "metadata";
  private static final String PREFIX = "dualtrack.";
  private static final Pattern REGION = Pattern.compile("[A-Z][A-Z_]{1,31}");
  private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
  private static final Pattern LABEL = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,63}");
  private static final Pattern OFFERING = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,127}");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  /**
   * One key.
   *
   * @param lowerCase whether its values are words in small letters
   * @param expected what its values are, in words
   */
  private record Term(
      String key,
      String attribute,
      boolean lowerCase,
      boolean single,
      Predicate<String> valid,
      String expected) {

    static Term regions(String key, String attribute) {
      return new Term(
          key,
          attribute,
          false,
          false,
          value -> REGION.matcher(value).matches(),
          "region codes such as EU or US, separated by commas");
    }

    static Term words(String key, String attribute, boolean lowerCase, List<String> words) {
      return new Term(
          key,
          attribute,
          lowerCase,
          false,
          words::contains,
          "some of "
              + words.stream().sorted().collect(Collectors.joining(", "))
              + ", separated by commas");
    }

    static Term number(String key, String attribute) {
      return new Term(
          key,
          attribute,
          false,
          true,
          value -> NUMBER.matcher(value).matches(),
          "one whole number from 1 on");
    }

    boolean holds(List<String> values) {
      return !values.isEmpty()
          && values.size() <= (single ? 1 : MAX_VALUES)
          && values.stream().allMatch(valid);
    }
  }

  private static final Map<String, Term> TERMS =
      Stream.of(
              Term.regions("regions", AttributeNames.DATA_SUBJECT_REGIONS),
              Term.regions("processing", AttributeNames.ASKED_PROCESSING),
              Term.regions("storage", AttributeNames.ASKED_STORAGE),
              Term.words(
                  "data_classes", AttributeNames.DATA_CLASSES, true, Vocabulary.DATA_CLASSES),
              Term.words("regimes", AttributeNames.REGIMES, false, Vocabulary.REGIMES),
              Term.number("retention_days", AttributeNames.RETENTION_LIMIT_DAYS),
              Term.number("persons", AttributeNames.PERSONS),
              new Term(
                  "country",
                  AttributeNames.DECLARED_COUNTRY,
                  false,
                  true,
                  value -> COUNTRY.matcher(value).matches(),
                  "one ISO 3166 country code of two letters"),
              new Term(
                  "task",
                  AttributeNames.TASK,
                  true,
                  true,
                  value -> LABEL.matcher(value).matches(),
                  "one name of at most 64 letters, digits, dots, dashes and underscores"),
              new Term(
                  "offering",
                  AttributeNames.ASKED_OFFERING,
                  true,
                  true,
                  value -> OFFERING.matcher(value).matches(),
                  "the id of one offering"),
              new Term(
                  "no_store",
                  AttributeNames.NO_STORE,
                  true,
                  true,
                  value -> value.equals("true") || value.equals("false"),
                  "true or false"),
              new Term(
                  "us_person",
                  AttributeNames.EAR_US_PERSON,
                  true,
                  true,
                  value -> value.equals("no"),
                  "no; that somebody is a US person is verified with the account, not said here"))
          .collect(Collectors.toUnmodifiableMap(Term::key, term -> term));

  /** A producer may have looked the address up itself; nobody else may tell of it. */
  private static final Term LOOKED_UP =
      new Term(
          AttributeNames.IP_COUNTRY,
          AttributeNames.IP_COUNTRY,
          false,
          false,
          value -> COUNTRY.matcher(value).matches(),
          "ISO 3166 country codes of two letters");

  private static final Map<String, Term> BY_ATTRIBUTE =
      TERMS.values().stream().collect(Collectors.toUnmodifiableMap(Term::attribute, term -> term));

  /** What was found. */
  sealed interface Terms {

    /**
     * @param taken whether anything was removed from the body
     */
    record Understood(List<Attribute> attributes, boolean taken) implements Terms {}

    /**
     * @param problem what is wrong and what to do, without any value of the body
     */
    record Unclear(String problem) implements Terms {}
  }

  private CallerTerms() {}

  /** Takes Dualtrack's own metadata out of a body. */
  static Terms take(ObjectNode body) {
    if (!(body.get(METADATA) instanceof ObjectNode metadata)) {
      return new Terms.Understood(List.of(), false);
    }
    List<Attribute> attributes = new ArrayList<>();
    for (Iterator<Map.Entry<String, JsonNode>> fields = metadata.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (!field.getKey().startsWith(PREFIX)) {
        continue;
      }
      Term term = TERMS.get(field.getKey().substring(PREFIX.length()));
      if (term == null) {
        return new Terms.Unclear(
            "metadata holds a key beginning with dualtrack. that is not known; known are %s"
                .formatted(TERMS.keySet().stream().sorted().collect(Collectors.joining(", "))));
      }
      List<String> values =
          field.getValue().isTextual()
              ? normal(term, Arrays.stream(field.getValue().textValue().split(",", -1)))
              : List.of();
      if (!term.holds(values)) {
        return new Terms.Unclear(
            "metadata dualtrack.%s is not understood; it must be a text: %s"
                .formatted(term.key(), term.expected()));
      }
      attributes.add(new Attribute(term.attribute(), values, AttributeSource.CALLER));
      fields.remove();
    }
    if (!attributes.isEmpty() && metadata.isEmpty()) {
      body.remove(METADATA);
    }
    return new Terms.Understood(attributes, !attributes.isEmpty());
  }

  /**
   * Reads what a producer says of a request beside its body, by the same terms. An attribute that
   * is none of them is left out: nobody but the contract speaks for the contract. Values that say
   * nothing, an empty text or UNKNOWN, are left out as well.
   */
  static Terms read(List<Attribute> known) {
    List<Attribute> attributes = new ArrayList<>();
    for (Attribute attribute : known) {
      Term term =
          attribute.getSource() == AttributeSource.ADDRESS
                  && attribute.getName().equals(AttributeNames.IP_COUNTRY)
              ? LOOKED_UP
              : BY_ATTRIBUTE.get(attribute.getName());
      if (term == null) {
        continue;
      }
      List<String> values =
          normal(
              term,
              attribute.getValues().stream()
                  .filter(each -> !each.isBlank() && !each.strip().equals(Regions.UNKNOWN)));
      if (values.isEmpty()) {
        continue;
      }
      if (!term.holds(values)) {
        return new Terms.Unclear(
            "attribute %s is not understood; it must be %s"
                .formatted(term.attribute(), term.expected()));
      }
      attributes.add(new Attribute(term.attribute(), values, attribute.getSource()));
    }
    return new Terms.Understood(attributes, false);
  }

  private static List<String> normal(Term term, Stream<String> values) {
    return values
        .map(String::strip)
        .map(
            each ->
                term.lowerCase() ? each.toLowerCase(Locale.ROOT) : each.toUpperCase(Locale.ROOT))
        .distinct()
        .sorted()
        .toList();
  }
}
