package io.dualtrack.gateway.feeder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.dualtrack.gateway.feeder.InputLine.Accepted;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads lines of OpenAI's batch form, {@code {custom_id, method, url, body}}. The body is taken as
 * it stands in the file, byte for byte, so that no number or escape of it changes on the way.
 *
 * <p>Messages say where a line is wrong and never repeat its text: it may be a prompt.
 */
public final class LineParser {

  /**
   * What of a line is read: the largest body that any tenant may send, and what stands around it.
   */
  public static final int LINE_LIMIT_BYTES = 4 * 1024 * 1024 + 64 * 1024;

  private static final int CUSTOM_ID_LIMIT = 512;
  private static final int MODEL_LIMIT = 256;
  private static final int DEPTH_LIMIT = 100;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(DEPTH_LIMIT).build())
          .build();

  /** What a line says; null, 0 and -1 where it does not say it. */
  private static final class Fields {
    private boolean hasCustomId;
    private String customId;
    private String method;
    private String url;
    private boolean hasBody;
    private int bodyStart = -1;
    private int bodyEnd = -1;
    private String model;
    private boolean streams;
    private int inputs = 1;

    /** Null where it is none that a line may have. */
    private String readableId() {
      return customId == null || customId.isBlank() || customId.length() > CUSTOM_ID_LIMIT
          ? null
          : customId;
    }
  }

  private final String endpoint;

  /**
   * @param endpoint that the batch is for
   */
  public LineParser(String endpoint) {
    this.endpoint = endpoint;
  }

  public InputLine parse(InputLines.Line line) {
    if (line.cut()) {
      return new Rejected(
          line.number(),
          customIdOfBeginning(line.bytes()),
          "line_too_large",
          null,
          "The line has more than %,d bytes; split the request.".formatted(LINE_LIMIT_BYTES));
    }
    if (line.blank()) {
      return notJson(line.number(), null, "The line is blank; remove it.");
    }
    if (!text(line.bytes())) {
      return notJson(line.number(), null, "The line is not valid UTF-8.");
    }
    Fields fields = new Fields();
    try {
      read(line.bytes(), fields);
    } catch (JsonProcessingException e) {
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      return notJson(
          line.number(),
          fields.readableId(),
          "The line is not one valid JSON object (column %d).".formatted(column));
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
    return check(line, fields);
  }

  private static Rejected notJson(long number, String customId, String message) {
    return new Rejected(number, customId, "invalid_json_line", null, message);
  }

  /** The custom_id where it stands before what is cut off; null otherwise. */
  private static String customIdOfBeginning(byte[] bytes) {
    Fields fields = new Fields();
    try {
      read(bytes, fields);
    } catch (IOException e) {
      // The line is cut, so it must end like this; what was read until then counts.
      return fields.readableId();
    }
    return fields.readableId();
  }

  /** Whether the bytes are UTF-8 and no escape in them makes half a character. */
  private static boolean text(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      return false;
    }
    return Surrogates.paired(bytes);
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
    String text = value == JsonToken.VALUE_STRING ? parser.getText() : null;
    switch (name) {
      case "custom_id" -> {
        fields.hasCustomId = value != JsonToken.VALUE_NULL;
        fields.customId = text;
      }
      case "method" -> fields.method = text;
      case "url" -> fields.url = text;
      case "body" -> {
        fields.hasBody = value != JsonToken.VALUE_NULL;
        if (value == JsonToken.START_OBJECT) {
          fields.bodyStart = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
          readBody(parser, fields);
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

  private static void readBody(JsonParser parser, Fields fields) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "model" -> fields.model = value == JsonToken.VALUE_STRING ? parser.getText() : null;
        case "stream" -> fields.streams = value == JsonToken.VALUE_TRUE;
        case "input" -> {
          if (value == JsonToken.START_ARRAY) {
            fields.inputs = countInputs(parser);
            continue;
          }
        }
        default -> {
          // Judged where the request is admitted.
        }
      }
      parser.skipChildren();
    }
  }

  /** Texts, or token arrays; an array of numbers is one input of tokens. */
  private static int countInputs(JsonParser parser) throws IOException {
    int inputs = 0;
    boolean tokens = false;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      tokens |= token.isNumeric();
      inputs++;
      parser.skipChildren();
    }
    return tokens ? 1 : inputs;
  }

  private InputLine check(InputLines.Line line, Fields fields) {
    long number = line.number();
    String id = fields.customId;
    if (!fields.hasCustomId) {
      return missing(number, null, "custom_id");
    }
    if (fields.readableId() == null) {
      return new Rejected(
          number,
          null,
          "invalid_custom_id",
          "custom_id",
          "custom_id must be a text of 1 to %d characters.".formatted(CUSTOM_ID_LIMIT));
    }
    if (fields.method == null) {
      return missing(number, id, "method");
    }
    if (!fields.method.equalsIgnoreCase("POST")) {
      return new Rejected(number, id, "mismatched_method", "method", "method must be POST.");
    }
    if (fields.url == null) {
      return missing(number, id, "url");
    }
    if (!fields.url.equals(endpoint)) {
      return new Rejected(
          number,
          id,
          "mismatched_url",
          "url",
          "url must be the batch's endpoint, %s.".formatted(endpoint));
    }
    if (!fields.hasBody) {
      return missing(number, id, "body");
    }
    if (fields.bodyStart < 0) {
      return new Rejected(number, id, "invalid_body", "body", "body must be an object.");
    }
    return checkBody(line, fields);
  }

  private static InputLine checkBody(InputLines.Line line, Fields fields) {
    if (fields.model == null || fields.model.isBlank() || fields.model.length() > MODEL_LIMIT) {
      return new Rejected(
          line.number(),
          fields.customId,
          fields.model == null ? "missing_required_parameter" : "invalid_model",
          "body.model",
          "body.model must name a model in 1 to %d characters.".formatted(MODEL_LIMIT));
    }
    if (fields.streams) {
      return new Rejected(
          line.number(),
          fields.customId,
          "invalid_stream",
          "body.stream",
          "A batch cannot stream; leave it out.");
    }
    String body =
        new String(
            line.bytes(),
            fields.bodyStart,
            fields.bodyEnd - fields.bodyStart,
            StandardCharsets.UTF_8);
    return new Accepted(line.number(), fields.customId, fields.model, fields.inputs, body);
  }

  private static Rejected missing(long number, String id, String field) {
    return new Rejected(
        number, id, "missing_required_parameter", field, "The line has no %s.".formatted(field));
  }
}
