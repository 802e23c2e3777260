package io.dualtrack.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** A checkpoint as one line of JSON; the list of records of each segment in binary, in Base64. */
final class CheckpointJson {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final HexFormat HEX = HexFormat.of();

  private CheckpointJson() {}

  static String write(Checkpoint checkpoint) {
    ObjectNode json = JSON.createObjectNode();
    json.put("number", checkpoint.number());
    json.put("at", checkpoint.at().toString());
    json.put("previous", HEX.formatHex(checkpoint.previous()));
    ArrayNode segments = json.putArray("segments");
    for (Segment segment : checkpoint.segments()) {
      ObjectNode node = segments.addObject();
      node.put("topic", segment.partition().topic());
      node.put("partition", segment.partition().partition());
      node.put("from", segment.from());
      node.put("to", segment.to());
      node.put("first_millis", segment.firstMillis());
      node.put("last_millis", segment.lastMillis());
      node.put("previous_head", HEX.formatHex(segment.previousHead()));
      node.put("head", HEX.formatHex(segment.head()));
      node.put("root", HEX.formatHex(segment.root()));
      node.put("records", records(segment));
    }
    json.put("key", checkpoint.keyId());
    json.put("signature", Base64.getEncoder().encodeToString(checkpoint.signature()));
    return json.toString();
  }

  private static String records(Segment segment) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * segment.records().size());
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      for (SealedRecord record : segment.records()) {
        byte[] key = record.key().getBytes(StandardCharsets.UTF_8);
        out.writeLong(record.offset() - segment.from());
        out.writeInt(key.length);
        out.write(key);
        out.write(record.content());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /**
   * @throws JsonProcessingException if the line is no JSON
   * @throws IllegalArgumentException if it is no checkpoint
   */
  static Checkpoint read(String line) throws JsonProcessingException {
    JsonNode json = JSON.readTree(line);
    List<Segment> segments = new ArrayList<>();
    for (JsonNode node : required(json, "segments")) {
      segments.add(segment(node));
    }
    try {
      return new Checkpoint(
          required(json, "number").longValue(),
          Instant.parse(required(json, "at").asText()),
          hex(json, "previous"),
          List.copyOf(segments),
          required(json, "key").asText(),
          Base64.getDecoder().decode(required(json, "signature").asText()));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("no instant", e);
    }
  }

  private static Segment segment(JsonNode node) {
    long from = required(node, "from").longValue();
    return new Segment(
        new TopicPartition(
            required(node, "topic").asText(), required(node, "partition").intValue()),
        from,
        required(node, "to").longValue(),
        required(node, "first_millis").longValue(),
        required(node, "last_millis").longValue(),
        hex(node, "previous_head"),
        hex(node, "head"),
        hex(node, "root"),
        records(required(node, "records").asText(), from));
  }

  private static List<SealedRecord> records(String text, long from) {
    byte[] bytes = Base64.getDecoder().decode(text);
    List<SealedRecord> records = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      while (in.available() > 0) {
        long offset = in.readLong() + from;
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
          throw new IllegalArgumentException("a key of %d bytes".formatted(length));
        }
        String key = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        byte[] content = in.readNBytes(Hashes.BYTES);
        if (content.length != Hashes.BYTES) {
          throw new IllegalArgumentException("a hash of %d bytes".formatted(content.length));
        }
        records.add(new SealedRecord(offset, key, content));
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("the list of records ends in the middle of one", e);
    }
    return List.copyOf(records);
  }

  private static byte[] hex(JsonNode node, String field) {
    return HEX.parseHex(required(node, field).asText());
  }

  private static JsonNode required(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw new IllegalArgumentException("no field " + field);
    }
    return value;
  }
}
