package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Makes of a request's text what the abuse job may know of it: hashes under a secret, so that
 * nobody without it can look a guessed text up.
 *
 * <p>The text is that of the user's messages (of all messages where there is none), or an
 * embedding's input. Of a text longer than {@value #MAX_CHARS} characters the first three quarters
 * of that and the last quarter count, so that the work is bounded and both ends are seen.
 *
 * <p>MinHash over word 3-grams, 64 minima: Broder, "On the resemblance and containment of
 * documents", 1997. Threads share an instance.
 */
public final class FeatureExtractor {

  static final int MAX_CHARS = 32 * 1024;
  static final int MINIMA = 64;
  static final int SKELETON_TOKENS = 12;

  private final int keyEpoch;
  private final HashFunction words;
  private final HashFunction skeletons;
  private final long[] multipliers = new long[MINIMA];
  private final long[] offsets = new long[MINIMA];

  /**
   * @param secret at least 16 bytes
   * @param keyEpoch number of the secret, told with every feature
   */
  public FeatureExtractor(byte[] secret, int keyEpoch) {
    if (secret.length < 16) {
      throw new IllegalArgumentException(
          "the feature secret has %d bytes; set one of at least 16".formatted(secret.length));
    }
    this.keyEpoch = keyEpoch;
    ByteBuffer keys =
        ByteBuffer.wrap(
            Hashing.hmacSha512(secret)
                .hashString("dualtrack features", StandardCharsets.UTF_8)
                .asBytes());
    this.words = Hashing.sipHash24(keys.getLong(), keys.getLong());
    this.skeletons = Hashing.sipHash24(keys.getLong(), keys.getLong());
    HashFunction family = Hashing.sipHash24(keys.getLong(), keys.getLong());
    for (int i = 0; i < MINIMA; i++) {
      multipliers[i] = family.hashLong(2L * i).asLong() | 1;
      offsets[i] = family.hashLong(2L * i + 1).asLong();
    }
  }

  /** Features of a request's body. */
  public Features extract(ObjectNode body) {
    String text = bounded(text(body));
    Wording wording = Wording.of(text);
    List<String> skeleton = wording.skeleton();
    return Features.newBuilder()
        .setKeyEpoch(keyEpoch)
        .setMinHash(minHash(wording.words()))
        .setSkeletonPrefix(hash(skeleton.subList(0, Math.min(SKELETON_TOKENS, skeleton.size()))))
        .setSkeletonSuffix(
            hash(skeleton.subList(Math.max(0, skeleton.size() - SKELETON_TOKENS), skeleton.size())))
        .setCapabilities(Capabilities.of(body, wording.words(), text))
        .build();
  }

  private ByteBuffer minHash(List<String> text) {
    if (text.isEmpty()) {
      return ByteBuffer.allocate(0);
    }
    int count = text.size();
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      hashes[i] = words.hashUnencodedChars(text.get(i)).asLong();
    }
    int[] minima = new int[MINIMA];
    Arrays.fill(minima, -1);
    int grams = Math.max(1, count - 2);
    for (int i = 0; i < grams; i++) {
      long gram = hashes[i];
      // The words' hashes are keyed, so mixing them in order needs no key of its own.
      for (int next = i + 1; next < Math.min(i + 3, count); next++) {
        gram = mix(Long.rotateLeft(gram, 23) + hashes[next]);
      }
      for (int m = 0; m < MINIMA; m++) {
        int hash = (int) ((multipliers[m] * gram + offsets[m]) >>> 32);
        if (Integer.compareUnsigned(hash, minima[m]) < 0) {
          minima[m] = hash;
        }
      }
    }
    ByteBuffer bytes = ByteBuffer.allocate(MINIMA * Integer.BYTES);
    for (int minimum : minima) {
      bytes.putInt(minimum);
    }
    return bytes.flip();
  }

  /** Finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private long hash(List<String> tokens) {
    return skeletons.hashUnencodedChars(String.join(" ", tokens)).asLong();
  }

  private static String text(ObjectNode body) {
    JsonNode messages = body.path("messages");
    StringBuilder text = new StringBuilder();
    if (messages.isArray()) {
      for (JsonNode message : messages) {
        if (message.path("role").asText().equals("user")) {
          append(message.path("content"), text);
        }
      }
      if (text.isEmpty()) {
        for (JsonNode message : messages) {
          append(message.path("content"), text);
        }
      }
    } else {
      append(body.path("input"), text);
    }
    return text.toString();
  }

  private static void append(JsonNode content, StringBuilder text) {
    if (content.isTextual()) {
      text.append(content.textValue()).append('\n');
    } else if (content.isArray()) {
      for (JsonNode part : content) {
        append(part.isObject() ? part.path("text") : part, text);
      }
    }
  }

  private static String bounded(String text) {
    if (text.length() <= MAX_CHARS) {
      return text;
    }
    int head = MAX_CHARS / 4 * 3;
    return text.substring(0, head) + '\n' + text.substring(text.length() - (MAX_CHARS - head));
  }
}
