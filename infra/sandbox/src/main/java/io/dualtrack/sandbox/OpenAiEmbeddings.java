package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/** Vectors for texts. */
record OpenAiEmbeddings(String model, long hash, List<String> texts, int dimensions, boolean base64)
    implements Dialect.Call {

  @Override
  public long promptTokens() {
    return texts.stream()
        .mapToLong(text -> Math.max(1, (text.length() + 3L) / Generation.CHARS_PER_TOKEN))
        .sum();
  }

  @Override
  public boolean streamed() {
    return false;
  }

  @Override
  public String prompt() {
    return "";
  }

  @Override
  public long completionTokens(long fixed) {
    return 0;
  }

  @Override
  public byte[] errorEvent() {
    return OpenAiGenerating.streamError();
  }

  @Override
  public Dialect.Body answer(Behaviour behaviour, long cachedTokens) {
    ObjectNode root = Checks.MAPPER.createObjectNode().put("object", "list");
    ArrayNode data = root.putArray("data");
    for (int i = 0; i < texts.size(); i++) {
      ObjectNode entry = data.addObject().put("object", "embedding").put("index", i);
      vector(entry, unitVector(Hash.of(texts.get(i).getBytes(UTF_8))));
    }
    root.put("model", model);
    root.putObject("usage")
        .put("prompt_tokens", promptTokens())
        .put("total_tokens", promptTokens());
    return new Dialect.Body("application/json", List.of(Checks.bytes(root)));
  }

  private void vector(ObjectNode entry, float[] vector) {
    if (base64) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(vector);
      entry.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      return;
    }
    ArrayNode values = entry.putArray("embedding");
    for (float value : vector) {
      values.add(value);
    }
  }

  private float[] unitVector(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] vector = new float[dimensions];
    double square = 0;
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (random.nextDouble() * 2 - 1);
      square += vector[i] * vector[i];
    }
    float length = (float) Math.sqrt(square);
    for (int i = 0; i < dimensions; i++) {
      vector[i] /= length;
    }
    return vector;
  }
}
