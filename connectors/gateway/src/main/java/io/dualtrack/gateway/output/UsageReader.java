package io.dualtrack.gateway.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.dualtrack.schemas.BatchUsage;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The {@code usage} of an answer, as the three forms of OpenAI's endpoints tell it. */
final class UsageReader {

  private static final JsonFactory JSON = new JsonFactory();

  private UsageReader() {}

  /** Zeros where the answer tells nothing, or is no JSON object. */
  static BatchUsage read(String body) {
    BatchUsage usage = new BatchUsage(0L, 0L, 0L, 0L);
    if (body == null) {
      return usage;
    }
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return usage;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean found = parser.currentName().equals("usage");
        if (parser.nextToken() == JsonToken.START_OBJECT && found) {
          readUsage(parser, usage);
          return usage;
        }
        parser.skipChildren();
      }
    } catch (JsonProcessingException e) {
      // Not JSON: there is nothing to add up.
      return usage;
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
    return usage;
  }

  private static void readUsage(JsonParser parser, BatchUsage usage) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == JsonToken.VALUE_NUMBER_INT) {
        switch (name) {
          case "prompt_tokens", "input_tokens" -> usage.setInput(parser.getLongValue());
          case "completion_tokens", "output_tokens" -> usage.setOutput(parser.getLongValue());
          default -> {
            // Totals follow from the parts.
          }
        }
      } else if (value == JsonToken.START_OBJECT) {
        readDetails(parser, usage);
      } else {
        parser.skipChildren();
      }
    }
  }

  private static void readDetails(JsonParser parser, BatchUsage usage) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        switch (name) {
          case "cached_tokens" -> usage.setCached(parser.getLongValue());
          case "reasoning_tokens" -> usage.setReasoning(parser.getLongValue());
          default -> {
            // Audio and predictions have no place in a batch's usage.
          }
        }
      }
      parser.skipChildren();
    }
  }
}
