package io.dualtrack.jobs.comparison;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.AnnotationKeyword;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.resource.DisallowSchemaLoader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The JSON schemas that requests ask for. Callers write them, so they may neither fetch anything
 * nor hold a pattern that takes for ever: patterns are RE2's, which take linear time. For one
 * thread.
 */
final class Schemas {

  /** Of schemas that are kept ready; a task's requests mostly have the same. */
  private static final int REMEMBERED = 100;

  /** Longer ones are not checked. */
  private static final int LONGEST_CHARS = 64 * 1024;

  /** Powers of ten in a number. */
  private static final int MOST_SCALE = 400;

  /** A counted repetition is written out by RE2, and repetitions of repetitions multiply. */
  private static final int MOST_COPIES = 10_000;

  private static final Pattern COUNT = Pattern.compile("\\{(?:[0-9]+,)?([0-9]+),?\\}");

  private final JsonSchemaFactory factory =
      JsonSchemaFactory.getInstance(
          SpecVersion.VersionFlag.V202012,
          builder ->
              builder
                  .schemaLoaders(loaders -> loaders.add(DisallowSchemaLoader.getInstance()))
                  // The library would log the name of a keyword that it does not know, which is
                  // text.
                  .metaSchema(
                      JsonMetaSchema.builder(JsonMetaSchema.getV202012())
                          .unknownKeywordFactory((name, context) -> new AnnotationKeyword(name))
                          .build()));

  /** Whether the schema that is being read has a pattern that is not run. */
  private boolean badPattern;

  private final JsonSchema metaSchema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(SchemaLocation.of(SchemaId.V202012));
  private final SchemaValidatorsConfig config =
      SchemaValidatorsConfig.builder()
          .regularExpressionFactory(this::expression)
          .failFast(true)
          .build();
  private final Map<JsonNode, Optional<Check>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<JsonNode, Optional<Check>> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** One schema. */
  record Check(JsonSchema schema) {

    /**
     * @param json missing counts as no fit
     */
    boolean fits(JsonNode json) {
      return !json.isMissingNode() && isBounded(json) && schema.validate(json).isEmpty();
    }

    /** Arithmetic on 1e999999999 has no end. */
    private static boolean isBounded(JsonNode json) {
      if (json.isNumber()) {
        return Math.abs((long) json.decimalValue().scale()) <= MOST_SCALE;
      }
      for (JsonNode child : json) {
        if (!isBounded(child)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Empty where the request asks for none, or for one that cannot be checked. */
  Optional<Check> of(Asked asked) {
    return asked.schema().isObject()
        ? known.computeIfAbsent(asked.schema(), this::read)
        : Optional.empty();
  }

  private Optional<Check> read(JsonNode schema) {
    if (schema.toString().length() > LONGEST_CHARS) {
      return Optional.empty();
    }
    badPattern = false;
    try {
      if (!metaSchema.validate(schema).isEmpty()) {
        return Optional.empty();
      }
      JsonSchema read = factory.getSchema(schema, config);
      read.initializeValidators();
      // One that refers to nothing but itself is found out by the first value.
      read.validate(NullNode.getInstance());
      return badPattern ? Optional.empty() : Optional.of(new Check(read));
    } catch (JsonSchemaException | StackOverflowError e) {
      return Optional.empty();
    }
  }

  /** Throws nothing: the library would log the pattern, which is text. */
  private RegularExpression expression(String pattern) {
    Matcher counts = COUNT.matcher(pattern);
    double copies = 1;
    while (counts.find()) {
      copies *= Double.parseDouble(counts.group(1));
    }
    if (copies <= MOST_COPIES) {
      try {
        Pattern compiled = Pattern.compile(pattern);
        return text -> compiled.matcher(text).find();
      } catch (PatternSyntaxException e) {
        // Falls through: a schema with such a pattern is not checked.
      }
    }
    badPattern = true;
    return text -> false;
  }
}
