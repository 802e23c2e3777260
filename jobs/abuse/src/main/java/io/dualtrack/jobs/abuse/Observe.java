package io.dualtrack.jobs.abuse;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * An exchange as numbers. Copies that were sent for comparison are nobody's doing and are left out.
 *
 * <p>Similar texts are found by locality-sensitive hashing: minima of the MinHash in bands of 4.
 * Texts of Jaccard similarity s agree in one of 4 bands with probability 1 - (1 - s^4)^4: 0.22 at s
 * = 0.5, 0.67 at 0.7 (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4). That is enough
 * here, for accounts are compared by dozens of texts and not by one.
 */
final class Observe implements FlatMapFunction<Exchange, byte[]> {

  static final int BANDS = 4;

  private static final long serialVersionUID = 1;
  private static final int MINIMA = 64;
  private static final int ROWS = 4;
  private static final HashFunction HASH = Hashing.murmur3_128();
  private static final List<String> CAPABILITIES =
      List.of("agentic", "coding", "reasoning", "long-horizon");

  @Override
  public void flatMap(Exchange exchange, Collector<byte[]> out) {
    if (!exchange.getShadow()) {
      Observation seen = of(exchange);
      out.collect(Bytes.of(seen::write));
    }
  }

  static Observation of(Exchange exchange) {
    Observation seen = new Observation();
    seen.tenant = exchange.getTenant();
    seen.account = exchange.getAccount();
    seen.key = key(seen.tenant, seen.account);
    seen.tenantKey = hash(seen.tenant);
    seen.at = exchange.getAt().toEpochMilli();
    seen.exchange = hash(exchange.getExchangeId());
    seen.model = hash(exchange.getModel());
    relations(exchange.getRelations(), seen);
    if (exchange.getFeatures() != null) {
      features(exchange.getFeatures(), seen);
    }
    if (exchange.getEarlierFeatures() != null) {
      // While two secrets overlap an item is there under both, so that neither loses the other.
      long[] earlier = contents(exchange.getEarlierFeatures());
      long[] both = Arrays.copyOf(seen.contents, seen.contents.length + earlier.length);
      System.arraycopy(earlier, 0, both, seen.contents.length, earlier.length);
      seen.contents = both;
    }
    return seen;
  }

  /** Accounts of different tenants are different, whatever they are called. */
  static long key(String tenant, String account) {
    return HASH.newHasher()
        .putString(tenant, StandardCharsets.UTF_8)
        .putChar('\n')
        .putString(account, StandardCharsets.UTF_8)
        .hash()
        .asLong();
  }

  private static void relations(Relations relations, Observation seen) {
    seen.payment = hash(relations.getPayment());
    seen.device = hash(relations.getDevice());
    seen.network = hash(relations.getNetwork());
    seen.hosting = relations.getHosting();
    seen.createdAt =
        relations.getAccountCreatedAt() == null
            ? 0
            : relations.getAccountCreatedAt().toEpochMilli();
    seen.country = letters(relations.getCountry());
    seen.verified = relations.getVerified();
  }

  private static void features(Features features, Observation seen) {
    seen.contents = contents(features);
    seen.system = features.getSystemPrefix();
    seen.language = "und".equals(features.getLanguage()) ? 0 : letters(features.getLanguage());
    seen.elicits = features.getElicitsReasoning();
    seen.publicText = features.getPublicText();
    for (String capability : features.getCapabilities()) {
      int index = CAPABILITIES.indexOf(capability);
      seen.capabilities |= 1 << (index < 0 ? CAPABILITIES.size() : index);
    }
    seen.vector = bytes(features.getVector());
    seen.text = HASH.hashBytes(features.getMinHash().duplicate()).asLong();
  }

  /** What the text may share with others; nothing for a text without words. */
  private static long[] contents(Features features) {
    ByteBuffer minHash = features.getMinHash().duplicate();
    if (!minHash.hasRemaining()) {
      return new long[0];
    }
    int epoch = features.getKeyEpoch();
    List<Long> shingles = features.getShingles();
    boolean hasBands = minHash.remaining() == MINIMA * Integer.BYTES;
    boolean hasSystem = features.getSystemPrefix() != 0;
    long[] found = new long[2 + shingles.size() + (hasBands ? BANDS : 0) + (hasSystem ? 1 : 0)];
    int next = 0;
    found[next++] = Trait.PREFIX.key(inEpoch(features.getSkeletonPrefix(), epoch));
    found[next++] = Trait.SUFFIX.key(inEpoch(features.getSkeletonSuffix(), epoch));
    for (long shingle : shingles) {
      found[next++] = Trait.SHINGLE.key(inEpoch(shingle, epoch));
    }
    for (int band = 0; hasBands && band < BANDS; band++) {
      long hash = band;
      for (int row = 0; row < ROWS; row++) {
        hash = Trait.mix(hash * 31 + minHash.getInt());
      }
      found[next++] = Trait.BAND.key(inEpoch(hash, epoch));
    }
    if (hasSystem) {
      found[next] = Trait.SYSTEM.key(inEpoch(features.getSystemPrefix(), epoch));
    }
    return found;
  }

  /** The same text under another secret is another item. */
  private static long inEpoch(long hash, int epoch) {
    return Trait.mix(hash + epoch * 0x9e3779b97f4a7c15L);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static int letters(String code) {
    return code == null || code.length() != 2 ? 0 : code.charAt(0) << 8 | code.charAt(1);
  }

  private static long hash(String value) {
    if (value == null || value.isEmpty()) {
      return 0;
    }
    Hasher hasher = HASH.newHasher(value.length());
    return hasher.putUnencodedChars(value).hash().asLong() | 1;
  }
}
