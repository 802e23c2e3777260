package io.dualtrack.bodies;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.dualtrack.schemas.Features;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One secret, with its number, and what it makes of texts and addresses. */
final class FeatureKey {

  private static final int SKELETON_TOKENS = 12;
  private static final int FINGERPRINT_CHARS = 24;

  private final int epoch;
  private final KeyedHashes hashes;
  private final HashFunction networks;

  /**
   * @param secret at least 16 bytes
   */
  FeatureKey(byte[] secret, int epoch) {
    if (secret.length < 16) {
      throw new IllegalArgumentException(
          "the feature secret has %d bytes; set one of at least 16".formatted(secret.length));
    }
    this.epoch = epoch;
    this.hashes = new KeyedHashes(secret);
    this.networks =
        Hashing.hmacSha256(
            Hashing.hmacSha256(secret)
                .hashString("dualtrack networks", StandardCharsets.UTF_8)
                .asBytes());
  }

  int epoch() {
    return epoch;
  }

  String network(String prefix) {
    return networks
        .hashString(prefix, StandardCharsets.UTF_8)
        .toString()
        .substring(0, FINGERPRINT_CHARS);
  }

  Features features(Reading reading) {
    List<String> words = reading.wording().words();
    List<String> skeleton = reading.wording().skeleton();
    long[] wordHashes = hashes.of(words);
    return Features.newBuilder()
        .setKeyEpoch(epoch)
        .setMinHash(hashes.minHash(wordHashes))
        .setSkeletonPrefix(prefix(skeleton))
        .setSkeletonSuffix(
            hashes.ofRow(
                skeleton.subList(Math.max(0, skeleton.size() - SKELETON_TOKENS), skeleton.size())))
        .setCapabilities(reading.capabilities())
        .setShingles(hashes.shingles(hashes.ofSkeleton(reading.wording(), wordHashes)))
        .setVector(RandomFeatures.of(words, wordHashes))
        .setSystemPrefix(reading.instructed().isEmpty() ? 0 : prefix(reading.instructed()))
        .setLanguage(reading.language())
        .setElicitsReasoning(reading.elicitsReasoning())
        .setWords(words.size())
        .build();
  }

  private long prefix(List<String> skeleton) {
    return hashes.ofRow(skeleton.subList(0, Math.min(SKELETON_TOKENS, skeleton.size())));
  }
}
