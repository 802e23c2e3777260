package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Features;
import java.util.List;

/**
 * Makes of a request's text what the abuse job may know of it: hashes under a secret, so that
 * nobody without it can look a guessed text up.
 *
 * <p>The text is that of the user's messages, or an embedding's input; of the system prompt only
 * its beginning is hashed, by itself. Of a text longer than {@value Conversation#MAX_CHARS}
 * characters both ends count, so that the work is bounded. Threads share an instance.
 */
public final class FeatureExtractor {

  static final int SKELETON_TOKENS = 12;

  private final int keyEpoch;
  private final KeyedHashes hashes;
  private final Elicitation elicitation = Elicitation.shipped();

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
    this.hashes = new KeyedHashes(secret);
  }

  /** Features of a request's body. */
  public Features extract(ObjectNode body) {
    Conversation conversation = Conversation.of(body);
    String text = conversation.asked();
    Wording wording = Wording.of(text);
    List<String> words = wording.words();
    List<String> skeleton = wording.skeleton();
    long[] wordHashes = hashes.of(words);
    return Features.newBuilder()
        .setKeyEpoch(keyEpoch)
        .setMinHash(hashes.minHash(wordHashes))
        .setSkeletonPrefix(prefix(skeleton))
        .setSkeletonSuffix(
            hashes.ofRow(
                skeleton.subList(Math.max(0, skeleton.size() - SKELETON_TOKENS), skeleton.size())))
        .setCapabilities(Capabilities.of(body, words, text))
        .setShingles(hashes.shingles(hashes.ofSkeleton(wording, wordHashes)))
        .setVector(RandomFeatures.of(words, wordHashes))
        .setSystemPrefix(systemPrefix(conversation.instructed()))
        .setLanguage(Languages.of(text))
        .setElicitsReasoning(elicitation.isIn(words))
        .setWords(words.size())
        .build();
  }

  private long systemPrefix(String instructed) {
    List<String> skeleton = Wording.of(instructed).skeleton();
    return skeleton.isEmpty() ? 0 : prefix(skeleton);
  }

  private long prefix(List<String> skeleton) {
    return hashes.ofRow(skeleton.subList(0, Math.min(SKELETON_TOKENS, skeleton.size())));
  }
}
