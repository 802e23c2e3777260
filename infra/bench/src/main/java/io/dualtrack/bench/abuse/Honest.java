package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Voice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Everybody who did nothing wrong, the hard cases among them: what a naive rule takes for a
 * campaign.
 */
final class Honest {

  private final World world;
  private final Voices voices;
  private final double median;
  private final List<Member> members = new ArrayList<>();

  private Honest(World world, double median) {
    this.world = world;
    this.median = median;
    this.voices = new Voices(world);
  }

  /**
   * @param accounts how many, about; organisations are never cut in two
   * @param median exchanges a day of the median account; the mean is about six times as many
   * @param behindOnePrefix how many more share one carrier's address prefix
   */
  static List<Member> of(World world, int accounts, double median, int behindOnePrefix) {
    Honest honest = new Honest(world, median);
    honest.carrier(behindOnePrefix);
    honest.fill("individual", accounts * 62 / 100, honest::individual);
    honest.fill("coding-agent", accounts * 12 / 100, honest::agentUser);
    honest.fill("enterprise-batch", accounts * 7 / 100, honest::enterprise);
    honest.fill("campus", accounts * 5 / 100, honest::campus);
    honest.fill("reseller", accounts * 4 / 100, honest::reseller);
    honest.fill("scheduled-tool", accounts * 2 / 100, honest::scheduled);
    honest.fill("course", accounts * 2 / 100, honest::course);
    honest.fill("launch-day", accounts * 3 / 100, honest::launchDay);
    honest.fill("evaluation-lab", accounts / 100, honest::evaluationLab);
    honest.fill("rollouts", accounts / 100, honest::rollouts);
    honest.fill("automation", accounts / 100, honest::automation);
    return honest.members;
  }

  private interface Kind {
    void add(String kind, String organisation, int room);
  }

  private void fill(String kind, int accounts, Kind maker) {
    int until = members.size() + accounts;
    for (int number = 1; members.size() < until; number++) {
      maker.add(kind, kind + "-" + number, until - members.size());
    }
  }

  private void add(
      String kind, String organisation, Member.Identity identity, Rhythm rhythm, Voice voice) {
    members.add(new Member(kind, organisation, false, identity, rhythm, voice));
  }

  private void individual(String kind, String organisation, int room) {
    add(kind, organisation, world.person("public"), world.clientRhythm(median), voices.chat());
  }

  private void agentUser(String kind, String organisation, int room) {
    add(kind, organisation, world.person("public"), world.clientRhythm(2 * median), voices.agent());
  }

  /** One card, one office, one template, many seats that were made on one morning. */
  private void enterprise(String kind, String organisation, int room) {
    String card = world.card();
    List<Address> office = world.pool(2, false);
    var morning = world.created(Duration.ofDays(300), Duration.ofDays(3));
    Voice voice = voices.business();
    int seats = Math.min(room, 10 + world.random.nextInt(30));
    for (int i = 0; i < seats; i++) {
      add(
          kind,
          organisation,
          world.sharing(organisation, morning.plusSeconds(40L * i), card, world.device(), office),
          new Rhythm.Client(2 * median, 7 + world.random.nextDouble(), 9, 1.5),
          voice);
    }
  }

  /** Hundreds behind one address, each with a card and homework of their own. */
  private void campus(String kind, String organisation, int room) {
    List<Address> nat = world.pool(2, false);
    int students = Math.min(room, 100 + world.random.nextInt(300));
    for (int i = 0; i < students; i++) {
      add(
          kind,
          organisation,
          world.sharing("public", null, world.card(), world.device(), nat),
          world.clientRhythm(median),
          voices.chat());
    }
  }

  /** A mobile carrier has its subscribers behind a few addresses of one prefix. */
  private void carrier(int subscribers) {
    List<Address> translated = world.prefix();
    for (int i = 0; i < subscribers; i++) {
      add(
          "carrier",
          "carrier-" + i,
          world.sharing("public", null, world.card(), world.device(), translated),
          world.clientRhythm(median),
          voices.chat());
    }
  }

  /** A licensed reseller pays for its customers, who have nothing else in common. */
  private void reseller(String kind, String organisation, int room) {
    String card = world.card();
    int customers = Math.min(room, 50 + world.random.nextInt(100));
    for (int i = 0; i < customers; i++) {
      add(
          kind,
          organisation,
          world.sharing(organisation, null, card, world.device(), world.pool(2, false)),
          world.clientRhythm(median),
          voices.chat());
    }
  }

  /** A new model draws new accounts within hours; all of them try it. */
  private void launchDay(String kind, String organisation, int room) {
    var created = world.created(Duration.ofHours(30), Duration.ofHours(2));
    add(
        kind,
        organisation,
        world.sharing("public", created, world.card(), world.device(), world.pool(1, false)),
        world.clientRhythm(2 * median),
        voices.chat());
  }

  /**
   * A published tool with one wording, which each of its users runs once an hour by the clock over
   * texts of their own, from the day on that it suited them.
   */
  private void scheduled(String kind, String organisation, int room) {
    String template = Grammar.business(world.family).wording(world.random);
    for (int i = 0; i < room; i++) {
      long since = (long) ((world.random.nextDouble() * 6 - 3) * Rhythm.DAY);
      add(
          kind,
          organisation + "-" + i,
          world.person("public"),
          new Rhythm.Quota(24, since, 0.01),
          voices.templated(template, i, room));
    }
  }

  /** Pupils who signed up in one lesson, behind the school's address, with one sheet of tasks. */
  private void course(String kind, String organisation, int room) {
    List<Address> school = world.pool(1, false);
    var lesson = world.created(Duration.ofDays(60), Duration.ofDays(2));
    Voice sheet = voices.sheet();
    int pupils = Math.min(room, 20 + world.random.nextInt(15));
    for (int i = 0; i < pupils; i++) {
      add(
          kind,
          organisation,
          world.sharing(
              "public", lesson.plusSeconds(20L * i), world.card(), world.device(), school),
          new Rhythm.Client(2 * median, 8, 6, 1.5),
          sheet);
    }
  }

  private void evaluationLab(String kind, String organisation, int room) {
    team(kind, organisation, Math.min(room, 4), 20 * median, voices.evaluation());
  }

  private void rollouts(String kind, String organisation, int room) {
    team(kind, organisation, Math.min(room, 3), 40 * median, voices.rollouts());
  }

  private void automation(String kind, String organisation, int room) {
    team(kind, organisation, 1, 30 * median, voices.business());
  }

  /** A few accounts on one card that work round the clock from a data centre. */
  private void team(String kind, String organisation, int size, double perDay, Voice voice) {
    String card = world.card();
    List<Address> servers = world.pool(2, true);
    for (int i = 0; i < size; i++) {
      add(
          kind,
          organisation,
          world.sharing(organisation, null, card, world.device(), servers),
          new Rhythm.Client(perDay, 0, 24, 1),
          voice);
    }
  }
}
