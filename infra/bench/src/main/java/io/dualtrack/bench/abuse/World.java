package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the members of a log are made of: texts, rhythms, cards, devices, addresses. All of it is
 * drawn from one seed, and nothing in an id tells who is honest.
 */
final class World {

  private static final RandomGeneratorFactory<RandomGenerator> DICE =
      RandomGeneratorFactory.of("L64X128MixRandom");

  private static final List<String> COUNTRIES = List.of("US", "US", "US", "DE", "GB", "IN", "BR");
  private static final HexFormat HEX = HexFormat.of();
  private static final long[] ACCESS_ASNS = {701, 3320, 5089, 7018, 7922, 9498, 28573};
  private static final long[] HOSTING_ASNS = {14061, 16276, 20473, 24940, 63949};
  private static final int[] ACCESS_BLOCKS = {24, 50, 71, 82, 86, 98, 117, 177, 189};
  private static final int[] HOSTING_BLOCKS = {45, 104, 139, 159, 165};

  final Instant begin;
  final Texts texts;
  final Family family;
  final RandomGenerator random;
  private final ClientShapes shapes;

  /**
   * @param begin of the log
   * @param texts of the family
   * @param seed equal seeds make equal logs
   */
  World(Instant begin, Texts texts, Family family, ClientShapes shapes, long seed) {
    this.begin = begin;
    this.texts = texts;
    this.family = family;
    this.shapes = shapes;
    this.random = generator(seed);
  }

  static RandomGenerator generator(long seed) {
    return DICE.create(seed);
  }

  /** Somebody with a card, a device and one to three home or mobile addresses of their own. */
  Identity person(String tenant) {
    String country = country();
    List<Address> addresses = random.nextInt(6) == 0 ? List.of(hosting(country)) : several(country);
    return new Identity(tenant, account(), anyAge(), card(), device(), addresses, country, country);
  }

  private List<Address> several(String country) {
    return Stream.generate(() -> home(country)).limit(1 + random.nextInt(3)).toList();
  }

  /**
   * An account with things that others may have too.
   *
   * @param createdAt null for any time in the two years before
   */
  Identity sharing(
      String tenant, Instant createdAt, String payment, String device, List<Address> addresses) {
    String country = addresses.get(0).country();
    return new Identity(
        tenant,
        account(),
        createdAt == null ? anyAge() : createdAt,
        payment,
        device,
        addresses,
        country,
        country);
  }

  Rhythm clientRhythm(double median) {
    return shapes.any(median, random);
  }

  String card() {
    return "card-" + hex();
  }

  String device() {
    return "device-" + hex();
  }

  private String account() {
    return "acct-" + hex();
  }

  private String hex() {
    return HEX.toHexDigits(random.nextLong(), 12);
  }

  /** Most accounts are some months old, and many services grow fast. */
  Instant anyAge() {
    double days = Math.min(730, 1 + random.nextExponential() * 60);
    return begin.minus(Duration.ofMinutes((long) (days * 24 * 60)));
  }

  /** Between two ages before the log begins. */
  Instant created(Duration oldest, Duration youngest) {
    long spread = oldest.minus(youngest).toMillis();
    return begin.minus(oldest).plusMillis((long) (random.nextDouble() * spread));
  }

  String country() {
    return COUNTRIES.get(random.nextInt(COUNTRIES.size()));
  }

  Address home(String country) {
    return new Address(
        ip(ACCESS_BLOCKS), ACCESS_ASNS[random.nextInt(ACCESS_ASNS.length)], false, country);
  }

  Address hosting(String country) {
    return new Address(
        ip(HOSTING_BLOCKS), HOSTING_ASNS[random.nextInt(HOSTING_ASNS.length)], true, country);
  }

  /** So many addresses of one kind in one country, all different. */
  List<Address> pool(int count, boolean hosted) {
    String country = country();
    Set<String> seen = new HashSet<>();
    return Stream.generate(() -> hosted ? hosting(country) : home(country))
        .filter(address -> seen.add(address.ip()))
        .limit(count)
        .toList();
  }

  /** All addresses of one prefix of 24 bits, as a carrier's translation of addresses has them. */
  List<Address> prefix() {
    Address one = home(country());
    String prefix = one.ip().substring(0, one.ip().lastIndexOf('.') + 1);
    return IntStream.rangeClosed(1, 254)
        .mapToObj(last -> new Address(prefix + last, one.asn(), false, one.country()))
        .toList();
  }

  private String ip(int[] blocks) {
    return blocks[random.nextInt(blocks.length)]
        + "."
        + random.nextInt(256)
        + "."
        + random.nextInt(256)
        + "."
        + (1 + random.nextInt(254));
  }

  <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
