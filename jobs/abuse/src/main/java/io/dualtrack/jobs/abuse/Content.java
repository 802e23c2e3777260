package io.dualtrack.jobs.abuse;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that texts share, as a key that is equal for texts that share it.
 *
 * <p>Similar texts are found by locality-sensitive hashing: the 64 minima of the MinHash in 16
 * bands of 4. Texts of Jaccard similarity s agree in some band with probability 1 - (1 - s^4)^16:
 * 0.15 at s = 0.3, 0.64 at 0.5, 0.99 at 0.7 (Leskovec, Rajaraman, Ullman: Mining of Massive
 * Datasets, 3.4).
 */
record Content(Kind kind, String key) {

  enum Kind {
    PREFIX("texts with the same opening skeleton"),
    SUFFIX("texts with the same closing skeleton"),
    BAND("texts of near-equal wording (MinHash)");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private static final int MINIMA = 64;
  private static final int ROWS = 4;
  private static final int BANDS = MINIMA / ROWS;

  /**
   * Everything that the text of an exchange may share with others; nothing for a text without
   * words.
   */
  static List<Content> of(Features features) {
    ByteBuffer minHash = features.getMinHash().duplicate();
    if (!minHash.hasRemaining()) {
      return List.of();
    }
    int epoch = features.getKeyEpoch();
    List<Content> found = new ArrayList<>(BANDS + 2);
    found.add(new Content(Kind.PREFIX, "P" + epoch + ":" + hex(features.getSkeletonPrefix())));
    found.add(new Content(Kind.SUFFIX, "S" + epoch + ":" + hex(features.getSkeletonSuffix())));
    if (minHash.remaining() == MINIMA * Integer.BYTES) {
      for (int band = 0; band < BANDS; band++) {
        Hasher hasher = Hashing.murmur3_128().newHasher();
        for (int row = 0; row < ROWS; row++) {
          hasher.putInt(minHash.getInt());
        }
        found.add(
            new Content(Kind.BAND, "B" + epoch + "." + band + ":" + hex(hasher.hash().asLong())));
      }
    }
    return found;
  }

  private static String hex(long hash) {
    return Long.toHexString(hash);
  }
}
