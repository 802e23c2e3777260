package io.dualtrack.gateway.messages;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.feeder.CustomIds;
import io.dualtrack.gateway.feeder.LineParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Reads {@code {"requests": [{custom_id, params}]}} as it arrives and writes each request as a line
 * of a chat batch, so that one is in memory at a time.
 */
final class MessageRequests {

  static final String CHAT = "/v1/chat/completions";

  private static final int MAX_REQUESTS = 100_000;
  private static final int MAX_DEPTH = 100;
  private static final Pattern CUSTOM_ID = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(LineParser.LINE_LIMIT_BYTES)
                          .build())
                  .build())
          // Numbers keep their digits.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final CustomIds customIds = new CustomIds();
  private int requests;

  /**
   * @return requests that were written
   * @throws io.dualtrack.gateway.error.ApiException with 400 saying which request is wrong
   */
  int copy(InputStream body, OutputStream lines) throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      require(parser.nextToken() == JsonToken.START_OBJECT, "the body must be an object");
      boolean found = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals("requests");
        require(wanted, "a field beside requests is not known");
        require(parser.nextToken() == JsonToken.START_ARRAY, "requests must be a list");
        found = true;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          require(parser.currentToken() == JsonToken.START_OBJECT, at("must be an object"));
          write(parser.readValueAsTree(), lines);
        }
      }
      require(parser.nextToken() == null, "nothing may stand behind the body");
      require(found && requests > 0, "requests must be a list with a request");
    } catch (JsonProcessingException e) {
      // The parser's own message quotes the body.
      throw invalid(at("is not valid JSON, or nests too deep"));
    }
    return requests;
  }

  private void write(ObjectNode request, OutputStream lines) throws IOException {
    require(requests < MAX_REQUESTS, "a batch may have %,d requests".formatted(MAX_REQUESTS));
    String customId = request.path("custom_id").asText();
    require(
        CUSTOM_ID.matcher(customId).matches(),
        at("custom_id must have 1 to 64 letters, digits, - and _"));
    require(customIds.add(customId), at("custom_id is another request's already"));
    if (!(request.get("params") instanceof ObjectNode params)) {
      throw invalid(at("params must be an object"));
    }
    ObjectNode line =
        JSON.createObjectNode().put("custom_id", customId).put("method", "POST").put("url", CHAT);
    try {
      line.set("body", MessageParams.toChat(params));
    } catch (MessageParams.UnsupportedException e) {
      throw invalid(at("params.%s %s".formatted(e.parameter(), e.getMessage())));
    }
    ByteBuffer bytes;
    try {
      bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(line + "\n"));
    } catch (CharacterCodingException e) {
      throw invalid(at("holds half of a surrogate pair"));
    }
    require(bytes.remaining() < LineParser.LINE_LIMIT_BYTES, at("is too large"));
    lines.write(bytes.array(), 0, bytes.limit());
    requests++;
  }

  private String at(String what) {
    return "requests.%d: %s".formatted(requests, what);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw invalid(message);
    }
  }

  private static RuntimeException invalid(String message) {
    return ApiError.invalid("invalid_request", null, message).toException();
  }
}
