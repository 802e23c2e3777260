package io.dualtrack.jobs.abuse;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * All that is remembered of one account: {@value #BYTES} bytes, however much it asks. The bytes are
 * changed in place, for most exchanges change a few of them.
 *
 * <pre>
 * times, counts, relations        144
 * traits as last told               64
 * exchanges seen last               64   16 hashes: repeated deliveries are near
 * texts                            128   the 16 lowest hashes, a theta sketch of fixed size
 * sum of vectors                   256   128 sums of 16 bits
 * items claimed                    384   96 of 32 bits in sets of 4, least recent first out
 * users behind it today            288   HLL of languages, networks, system prompts, countries
 * and of their changes              32
 * </pre>
 */
final class AccountProfile {

  static final int BYTES = 1360;
  static final int DIMENSIONS = 128;
  static final int TEXTS = 16;
  static final int TOLD = 8;

  private static final int FIRST_SEEN = 0;
  private static final int LAST_SEEN = 8;
  private static final int COUNT = 16;
  private static final int CREATED = 24;
  private static final int PAYMENT = 32;
  private static final int DEVICE = 40;
  private static final int NETWORK = 48;
  private static final int MODEL = 56;
  private static final int PIVOT = 64;
  private static final int DAY = 72;
  private static final int CHALLENGES = 76;
  private static final int HOSTING = 80;
  private static final int NEXT_TOLD = 84;
  private static final int GAPS = 88;
  private static final int GAP_SUM = 92;
  private static final int GAP_SQUARES = 96;
  private static final int ELICITS = 100;
  private static final int CAPABILITIES = 104;
  private static final int VECTORS = 124;
  private static final int TALLY_HOUR = 128;
  private static final int TOLD_DAY = 132;
  private static final int TOLD_TRAITS = 144;
  private static final int EXCHANGES = 208;
  private static final int TEXT_HASHES = 272;
  private static final int VECTOR = 400;
  private static final int ITEMS = 656;
  private static final int VARIED = ITEMS + ItemsClaimed.BYTES;
  private static final int COUNTRY = 1328;
  private static final int COUNTRY_AT = 1332;
  private static final int JUMPS = 1340;
  private static final int LAST_LANGUAGE = 1344;
  private static final int LAST_SYSTEM = 1348;
  private static final int RELAY_ALERT_DAY = 1352;

  private static final int RECENT = 16;

  /** Nobody is in two countries within this time. */
  private static final long JUMP_MILLIS = Duration.ofHours(1).toMillis();

  /** So many exchanges in a row on another model are a move to it and no trial. */
  private static final int MOVED_AFTER = 4;

  private static final int FIRST_TOLD = 8;

  private final byte[] bytes;
  private final ByteBuffer at;
  private final ItemsClaimed items;
  private final VariedToday varied;

  private AccountProfile(byte[] bytes) {
    this.bytes = bytes;
    this.at = ByteBuffer.wrap(bytes);
    this.items = new ItemsClaimed(at, ITEMS);
    this.varied = new VariedToday(bytes, VARIED);
  }

  static AccountProfile of(byte[] bytes) {
    return new AccountProfile(bytes);
  }

  static AccountProfile empty() {
    AccountProfile profile = new AccountProfile(new byte[BYTES]);
    profile.at.putInt(NEXT_TOLD, FIRST_TOLD);
    profile.varied.clear();
    return profile;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Whether the exchange is one of the last ones again; remembers it if not. */
  boolean isRepeat(long exchange) {
    int hash = (int) exchange | 1;
    for (int i = 0; i < RECENT; i++) {
      if (at.getInt(EXCHANGES + 4 * i) == hash) {
        return true;
      }
    }
    at.putInt(EXCHANGES + 4 * (int) (count() % RECENT), hash);
    return false;
  }

  /** Adds an exchange to everything that is counted. */
  void add(Observation seen) {
    long last = at.getLong(LAST_SEEN);
    if (count() == 0) {
      at.putLong(FIRST_SEEN, seen.at);
      at.putLong(MODEL, seen.model);
      at.putInt(DAY, day(seen.at));
    } else {
      at.putLong(FIRST_SEEN, Math.min(firstSeen(), seen.at));
      addGap(Math.abs(seen.at - last));
      followModel(seen);
    }
    at.putLong(LAST_SEEN, Math.max(last, seen.at));
    at.putLong(COUNT, count() + 1);
    if (seen.createdAt != 0) {
      at.putLong(CREATED, seen.createdAt);
    }
    setIfKnown(PAYMENT, seen.payment);
    setIfKnown(DEVICE, seen.device);
    boolean isNewDay = count() == 1 || day(seen.at) > at.getInt(DAY);
    if (isNewDay) {
      at.putInt(DAY, day(seen.at));
      at.putShort(JUMPS, (short) 0);
      varied.clear();
    }
    vary(seen, isNewDay);
    addContent(seen);
  }

  private void addGap(long millis) {
    float log = (float) Math.log(1 + millis / 1000.0);
    at.putInt(GAPS, at.getInt(GAPS) + 1);
    at.putFloat(GAP_SUM, at.getFloat(GAP_SUM) + log);
    at.putFloat(GAP_SQUARES, at.getFloat(GAP_SQUARES) + log * log);
  }

  private void followModel(Observation seen) {
    if (seen.model == at.getLong(MODEL)) {
      at.putInt(CHALLENGES, 0);
      return;
    }
    int challenges = at.getInt(CHALLENGES) + 1;
    at.putInt(CHALLENGES, challenges);
    if (challenges >= MOVED_AFTER) {
      at.putInt(CHALLENGES, 0);
      at.putLong(MODEL, seen.model);
      at.putLong(PIVOT, seen.at);
    }
  }

  private void setIfKnown(int offset, long value) {
    if (value != 0) {
      at.putLong(offset, value);
    }
  }

  /** The HLLs cost more than the rest together, so they are left alone while nothing changes. */
  private void vary(Observation seen, boolean isFirst) {
    if (seen.network != 0 && (isFirst || seen.network != at.getLong(NETWORK))) {
      varied.update(VariedToday.Of.NETWORKS, seen.network);
    }
    setIfKnown(NETWORK, seen.network);
    at.putInt(HOSTING, seen.hosting ? 1 : 0);
    if (seen.language != 0 && (isFirst || seen.language != at.getInt(LAST_LANGUAGE))) {
      varied.update(VariedToday.Of.LANGUAGES, seen.language);
      at.putInt(LAST_LANGUAGE, seen.language);
    }
    if (seen.system != 0 && (isFirst || (int) seen.system != at.getInt(LAST_SYSTEM))) {
      varied.update(VariedToday.Of.SYSTEM_PROMPTS, seen.system);
      at.putInt(LAST_SYSTEM, (int) seen.system);
    }
    int country = at.getInt(COUNTRY);
    if (seen.country != 0 && (isFirst || seen.country != country)) {
      varied.update(VariedToday.Of.COUNTRIES, seen.country);
      if (country != 0
          && seen.country != country
          && Math.abs(seen.at - at.getLong(COUNTRY_AT)) < JUMP_MILLIS) {
        at.putShort(JUMPS, (short) Math.min(Short.MAX_VALUE, jumps() + 1));
      }
    }
    if (seen.country != 0) {
      at.putInt(COUNTRY, seen.country);
      at.putLong(COUNTRY_AT, seen.at);
    }
  }

  private void addContent(Observation seen) {
    for (int i = 0; i < 5; i++) {
      if ((seen.capabilities & 1 << i) != 0) {
        at.putInt(CAPABILITIES + 4 * i, at.getInt(CAPABILITIES + 4 * i) + 1);
      }
    }
    if (seen.elicits) {
      at.putInt(ELICITS, at.getInt(ELICITS) + 1);
    }
    if (seen.contents.length > 0) {
      addText(seen.text);
    }
    if (seen.vector.length == DIMENSIONS) {
      addVector(seen.vector);
    }
  }

  private void addText(long text) {
    long hash = Trait.mix(text) >>> 1 | 1;
    int highest = 0;
    for (int i = 0; i < TEXTS; i++) {
      long known = at.getLong(TEXT_HASHES + 8 * i);
      if (known == hash) {
        return;
      }
      if (known == 0) {
        at.putLong(TEXT_HASHES + 8 * i, hash);
        return;
      }
      if (known > at.getLong(TEXT_HASHES + 8 * highest)) {
        highest = i;
      }
    }
    if (hash < at.getLong(TEXT_HASHES + 8 * highest)) {
      at.putLong(TEXT_HASHES + 8 * highest, hash);
    }
  }

  /** Sums are halved with their count before they could overflow: later texts weigh more. */
  private void addVector(byte[] vector) {
    int vectors = at.getInt(VECTORS) + 1;
    boolean isFull = vectors >= 255;
    for (int i = 0; i < DIMENSIONS; i++) {
      int sum = at.getShort(VECTOR + 2 * i) + vector[i];
      at.putShort(VECTOR + 2 * i, (short) (isFull ? sum / 2 : sum));
    }
    at.putInt(VECTORS, isFull ? vectors / 2 : vectors);
  }

  /** Notes that the account was seen with an item on a day. */
  ItemsClaimed.Sight sight(long item, long time) {
    return items.sight(item, day(time));
  }

  /** Whether the account has seen so much since it was last told of that its traits may differ. */
  boolean isDueToBeTold(long time) {
    boolean isGrown = count() >= at.getInt(NEXT_TOLD);
    // A slow account's habits take a day to show, and not a doubling.
    boolean isNewDay = count() >= FIRST_TOLD && day(time) > at.getInt(TOLD_DAY);
    if (isGrown) {
      // Every doubling first, then every 64 exchanges or so: about twice a day for a busy account.
      at.putInt(NEXT_TOLD, (int) Math.min(Integer.MAX_VALUE, count() + Math.min(count(), 64)));
    }
    if (isGrown || isNewDay) {
      at.putInt(TOLD_DAY, day(time));
    }
    return isGrown || isNewDay;
  }

  /** The first exchange of an hour makes the account one of the hour's users of its tenant. */
  boolean isFirstOfHour(long time) {
    int hour = (int) TimeUnit.MILLISECONDS.toHours(time);
    if (hour <= at.getInt(TALLY_HOUR)) {
      return false;
    }
    at.putInt(TALLY_HOUR, hour);
    return true;
  }

  boolean isRelayAlertDue(long time, int days) {
    int last = at.getInt(RELAY_ALERT_DAY);
    if (last != 0 && day(time) < last + days) {
      return false;
    }
    at.putInt(RELAY_ALERT_DAY, day(time));
    return true;
  }

  long told(int index) {
    return at.getLong(TOLD_TRAITS + 8 * index);
  }

  void setTold(int index, long trait) {
    at.putLong(TOLD_TRAITS + 8 * index, trait);
  }

  long count() {
    return at.getLong(COUNT);
  }

  long firstSeen() {
    return at.getLong(FIRST_SEEN);
  }

  long lastSeen() {
    return at.getLong(LAST_SEEN);
  }

  long createdAt() {
    return at.getLong(CREATED);
  }

  long payment() {
    return at.getLong(PAYMENT);
  }

  long device() {
    return at.getLong(DEVICE);
  }

  long network() {
    return at.getLong(NETWORK);
  }

  boolean isHosted() {
    return at.getInt(HOSTING) != 0;
  }

  long model() {
    return at.getLong(MODEL);
  }

  /** When the account moved to the model it uses now; 0 if it never did. */
  long pivotAt() {
    return at.getLong(PIVOT);
  }

  int capability(int index) {
    return at.getInt(CAPABILITIES + 4 * index);
  }

  int elicitations() {
    return at.getInt(ELICITS);
  }

  /** Standard deviation of the logarithms of the pauses in seconds; negative while too few. */
  double unevenness(int atLeast) {
    int gaps = at.getInt(GAPS);
    if (gaps < atLeast) {
      return -1;
    }
    double mean = at.getFloat(GAP_SUM) / gaps;
    return Math.sqrt(Math.max(0, at.getFloat(GAP_SQUARES) / gaps - mean * mean));
  }

  /** Mean vector, times 256; empty while there are fewer texts. */
  byte[] mean(int atLeast) {
    int vectors = at.getInt(VECTORS);
    if (vectors < atLeast) {
      return new byte[0];
    }
    byte[] mean = new byte[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      int value = Math.round((float) at.getShort(VECTOR + 2 * i) / vectors);
      mean[i] = (byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, value));
    }
    return mean;
  }

  long[] texts() {
    long[] texts = new long[TEXTS];
    int known = 0;
    while (known < TEXTS && at.getLong(TEXT_HASHES + 8 * known) != 0) {
      texts[known] = at.getLong(TEXT_HASHES + 8 * known);
      known++;
    }
    return Arrays.copyOf(texts, known);
  }

  /** Changes of country today that nobody travels. */
  int jumps() {
    return at.getShort(JUMPS);
  }

  /** Estimate of the distinct values today. */
  int distinct(VariedToday.Of what) {
    return varied.distinct(what);
  }

  private static int day(long time) {
    return (int) TimeUnit.MILLISECONDS.toDays(time);
  }
}
