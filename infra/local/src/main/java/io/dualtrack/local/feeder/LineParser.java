package io.dualtrack.local.feeder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.dualtrack.local.feeder.BatchLine.Accepted;
import io.dualtrack.local.feeder.BatchLine.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Reads lines of OpenAI's batch form, {@code {custom_id, method, url, body}}. The body is taken as
 * it stands in the file, byte for byte, so that no number or escape of it changes on the way.
 *
 * <p>Messages say where a line is wrong and never repeat its text: it may be a prompt.
 */
final class LineParser {

  /** Largest body of a request. */
  static final int BODY_LIMIT_BYTES = 262_144;

  /** What of a line is read: the largest body, and room for what stands around it. */
  static final int LINE_LIMIT_BYTES = BODY_LIMIT_BYTES + 64 * 1024;

  static final String URL = "/v1/chat/completions";

  private static final int CUSTOM_ID_LIMIT = 512;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** First half of a custom_id's SHA-256: what is remembered of the lines that went before. */
  private record IdHash(long high, long low) {}

  private final Set<IdHash> seen = new HashSet<>();

  /** What a line says; null and -1 where it does not say it. */
  private static final class Fields {
    private String customId;
    private boolean customIdOfOtherType;
    private String method;
    private String url;
    private boolean hasBody;
    private int bodyStart = -1;
    private int bodyEnd = -1;
  }

  BatchLine parse(BatchLines.Line line) {
    Fields fields = new Fields();
    if (line.cut()) {
      return tooLarge(line.number(), customIdOfBeginning(line), "line", line.length());
    }
    try {
      read(line.bytes(), fields);
    } catch (JsonProcessingException e) {
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      return new Rejected(
          line.number(),
          fields.customId,
          "invalid_json_line",
          "not a JSON object (column %d)".formatted(column),
          "write one JSON object on each line");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return check(line, fields);
  }

  private static void read(byte[] bytes, Fields fields) throws IOException {
    try (JsonParser parser = JSON.createParser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new JsonParseException(parser, "no object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        readField(parser, fields);
      }
      if (parser.nextToken() != null) {
        throw new JsonParseException(parser, "more than one value");
      }
    }
  }

  private static void readField(JsonParser parser, Fields fields) throws IOException {
    String name = parser.currentName();
    JsonToken value = parser.nextToken();
    boolean text = value == JsonToken.VALUE_STRING;
    switch (name) {
      case "custom_id" -> {
        fields.customId = text ? parser.getText() : null;
        fields.customIdOfOtherType = !text && value != JsonToken.VALUE_NULL;
      }
      case "method" -> fields.method = text ? parser.getText() : null;
      case "url" -> fields.url = text ? parser.getText() : null;
      case "body" -> {
        fields.hasBody = value != JsonToken.VALUE_NULL;
        if (value == JsonToken.START_OBJECT) {
          fields.bodyStart = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
          parser.skipChildren();
          fields.bodyEnd = Math.toIntExact(parser.currentLocation().getByteOffset());
          return;
        }
      }
      default -> {
        // Fields of later versions of the form are not ours to judge.
      }
    }
    parser.skipChildren();
  }

  private BatchLine check(BatchLines.Line line, Fields fields) {
    long number = line.number();
    String id = fields.customId;
    if (fields.customIdOfOtherType
        || (id != null && (id.isBlank() || id.length() > CUSTOM_ID_LIMIT))) {
      return new Rejected(
          number,
          null,
          "invalid_custom_id",
          "custom_id is not a text of 1 to %d characters".formatted(CUSTOM_ID_LIMIT),
          "give the line a custom_id like \"line-%d\"".formatted(number));
    }
    if (id == null) {
      return missing(number, null, "custom_id", "\"line-%d\"".formatted(number));
    }
    if (fields.method == null) {
      return missing(number, id, "method", "\"POST\"");
    }
    if (!fields.method.toUpperCase(Locale.ROOT).equals("POST")) {
      return new Rejected(
          number, id, "invalid_method", "method is not POST", "write \"method\": \"POST\"");
    }
    if (fields.url == null) {
      return missing(number, id, "url", "\"" + URL + "\"");
    }
    if (!fields.url.equals(URL)) {
      return new Rejected(
          number, id, "unsupported_url", "url is not " + URL, "write \"url\": \"" + URL + "\"");
    }
    if (!fields.hasBody) {
      return missing(number, id, "body", "{\"model\": …, \"messages\": …}");
    }
    if (fields.bodyStart < 0) {
      return new Rejected(
          number, id, "invalid_body", "body is not an object", "write the request as an object");
    }
    int size = fields.bodyEnd - fields.bodyStart;
    if (size > BODY_LIMIT_BYTES) {
      return tooLarge(number, id, "body", size);
    }
    if (!seen.add(hash(id))) {
      return new Rejected(
          number,
          id,
          "duplicate_custom_id",
          "an earlier line has the same custom_id",
          "give each line a custom_id of its own");
    }
    return new Accepted(
        number, id, new String(line.bytes(), fields.bodyStart, size, StandardCharsets.UTF_8));
  }

  private static Rejected missing(long number, String id, String field, String example) {
    return new Rejected(
        number,
        id,
        "missing_" + field,
        "the line has no " + field,
        "add \"%s\": %s".formatted(field, example));
  }

  private static Rejected tooLarge(long number, String id, String part, long size) {
    return new Rejected(
        number,
        id,
        "body_too_large",
        "the %s has %,d bytes, and a body may have %,d".formatted(part, size, BODY_LIMIT_BYTES),
        "shorten the prompt, or split the request");
  }

  /** The custom_id where it stands before the body; null otherwise. */
  private static String customIdOfBeginning(BatchLines.Line line) {
    Fields fields = new Fields();
    try {
      read(line.bytes(), fields);
    } catch (IOException e) {
      // The line is cut, so it must end like this; what was read until then counts.
      return fields.customId;
    }
    return fields.customId;
  }

  private static IdHash hash(String customId) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(customId.getBytes(StandardCharsets.UTF_8));
      ByteBuffer bytes = ByteBuffer.wrap(digest);
      return new IdHash(bytes.getLong(), bytes.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
