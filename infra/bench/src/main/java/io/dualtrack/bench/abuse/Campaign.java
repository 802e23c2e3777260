package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Identity;
import io.dualtrack.bench.abuse.Member.Voice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A hidden distillation run, and what it does not to be found.
 *
 * <p>All of them ask 25.6 times an account and day, as the run of June 2026 did, and cover their
 * tasks once: each account has a part of its own.
 */
enum Campaign {
  /** One template, a few cards, a few servers, equal quotas in step. */
  V0(false, 0, false, false, false, false),
  /** Another wording in each exchange. */
  V1(true, 0, false, false, false, false),
  /** Half to nine tenths of the traffic is ordinary. */
  V2(false, 0.7, false, false, false, false),
  /** A card, a device and home addresses for each account. */
  V3(false, 0, true, false, false, false),
  /** No template at all. */
  V4(false, 0, false, true, false, false),
  /** At the times and in the amounts of honest clients. */
  V5(false, 0, false, false, true, false),
  /** All of it together. */
  V6(true, 0.7, true, true, true, false),
  /** Paraphrased, and growing slowly from nothing. */
  V7(true, 0, false, false, false, true),
  /** V6 with one of its disguises left off, its ordinary traffic first, or with two. */
  V6_UNCOVERED(true, 0, true, true, true, false),
  V6_TEMPLATE(true, 0.7, true, false, true, false),
  V6_CARDS(true, 0.7, false, true, true, false),
  V6_STEP(true, 0.7, true, true, false, false),
  V6_TEMPLATE_CARDS(true, 0.7, false, false, true, false),
  V6_TEMPLATE_STEP(true, 0.7, true, false, false, false),
  V6_CARDS_STEP(true, 0.7, false, true, false, false);

  /** From naive to slow. */
  static final List<Campaign> MAIN = List.of(V0, V1, V2, V3, V4, V5, V6, V7);

  /** V6 with ever fewer disguises. */
  static final List<Campaign> UNVEILED =
      List.of(
          V6,
          V6_UNCOVERED,
          V6_TEMPLATE,
          V6_CARDS,
          V6_STEP,
          V6_TEMPLATE_CARDS,
          V6_TEMPLATE_STEP,
          V6_CARDS_STEP);

  private static final double PER_DAY = 25.6;
  private static final int LOTS = 8;
  private static final int ACCOUNTS_A_CARD = 20;
  private static final int ACCOUNTS_A_SERVER = 25;

  private final boolean paraphrased;
  private final double cover;
  private final boolean ownInfrastructure;
  private final boolean bare;
  private final boolean honestTiming;
  private final boolean slow;

  Campaign(
      boolean paraphrased,
      double cover,
      boolean ownInfrastructure,
      boolean bare,
      boolean honestTiming,
      boolean slow) {
    this.paraphrased = paraphrased;
    this.cover = cover;
    this.ownInfrastructure = ownInfrastructure;
    this.bare = bare;
    this.honestTiming = honestTiming;
    this.slow = slow;
  }

  /**
   * The hidden accounts.
   *
   * @param start of the campaign, milliseconds since the beginning of the log
   * @param length of the log, milliseconds
   */
  List<Member> members(World world, int accounts, long start, long length) {
    Voices voices = new Voices(world);
    String template = Grammar.extraction(world.family).wording(world.random);
    List<String> cards =
        Stream.generate(world::card).limit(1 + accounts / ACCOUNTS_A_CARD).toList();
    List<Address> servers = new ArrayList<>(world.pool(1 + accounts / ACCOUNTS_A_SERVER / 3, true));
    servers.addAll(world.pool(1 + accounts / ACCOUNTS_A_SERVER * 2 / 3, false));
    int lot = Math.max(1, accounts / LOTS);
    Instant made = Instant.EPOCH;
    List<Member> members = new ArrayList<>(accounts);
    for (int i = 0; i < accounts; i++) {
      // Bought or made in lots, at any time: their mere age must not tell them from others.
      made = i % lot == 0 ? world.anyAge() : made.plusSeconds(90);
      Identity identity =
          ownInfrastructure
              ? world.person("public")
              : world.sharing(
                  "public",
                  made,
                  cards.get(i % cards.size()),
                  world.device(),
                  List.of(servers.get(i % servers.size())));
      members.add(
          new Member(
              name(),
              name(),
              true,
              identity,
              rhythm(world, start, length),
              voice(world, voices, template, i, accounts)));
    }
    return members;
  }

  private Voice voice(World world, Voices voices, String template, int part, int of) {
    Voice hidden;
    if (bare) {
      hidden = voices.bare(part, of);
    } else if (paraphrased) {
      hidden = voices.paraphrased(part, of);
    } else {
      hidden = voices.templated(template, part, of);
    }
    if (cover == 0) {
      return hidden;
    }
    double share = Math.min(0.9, Math.max(0.5, cover + 0.2 * (world.random.nextDouble() - 0.5)));
    return Voices.mixed(voices.chat(), hidden, share);
  }

  private Rhythm rhythm(World world, long start, long length) {
    if (honestTiming) {
      return new Rhythm.From(start, world.clientRhythm(PER_DAY / 5));
    }
    // A proxy works its accounts off in turn: the same quota each, a few seconds apart.
    long offset = (long) (world.random.nextDouble() * Rhythm.HOUR);
    Rhythm quota = new Rhythm.Quota(PER_DAY, start + offset, 0.05);
    return slow ? new Rhythm.Ramp(quota, length) : quota;
  }
}
