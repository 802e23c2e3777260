package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Identity;
import io.dualtrack.bench.abuse.Member.Voice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What is hidden in a log besides campaigns: abuse that no cluster shows. */
enum Scenario {
  /** Single accounts, each resold to dozens of people in many countries and languages. */
  RELAY {
    @Override
    List<Member> members(World world, int accounts, long start, long length) {
      Voices voices = new Voices(world);
      List<Member> members = new ArrayList<>();
      for (int i = 0; i < accounts; i++) {
        Identity buyer = world.person("public");
        int people = 20 + world.random.nextInt(30);
        List<Address> everywhere =
            IntStream.range(0, people)
                .mapToObj(person -> world.home(FAR.get(world.random.nextInt(FAR.size()))))
                .toList();
        Identity identity = withAddresses(buyer, everywhere);
        members.add(
            member(
                "RELAY",
                "RELAY-" + i,
                identity,
                new Rhythm.From(start, new Rhythm.Client(4.0 * people, 0, 24, 1.2)),
                voices.relayed(people)));
      }
      return members;
    }
  },

  /** A tenant whose seats work at home at first; later half of them are in an embargoed region. */
  LEAK {
    @Override
    List<Member> members(World world, int accounts, long start, long length) {
      Voices voices = new Voices(world);
      List<Member> members = new ArrayList<>();
      String card = world.card();
      List<Address> office = world.pool(3, false);
      var opened = world.created(Duration.ofDays(400), Duration.ofDays(100));
      long turned = start + (length - start) / 4;
      for (int i = 0; i < accounts; i++) {
        Identity seat =
            world.sharing("telecom", opened.plusSeconds(600L * i), card, world.device(), office);
        boolean leaks = i % 2 == 0;
        Voice before = voices.chat();
        Voice after = leaks ? voices.inLanguage(LEAKED_LANGUAGE) : before;
        long from = leaks ? turned : Long.MAX_VALUE;
        members.add(
            new Member(
                "LEAK",
                "LEAK",
                true,
                seat,
                new Rhythm.Client(20, 7, 10, 1.5),
                (at, random) -> (at < from ? before : after).say(at, random),
                leaks ? List.of(world.home(LEAKED_TO), world.home(LEAKED_TO)) : List.of(),
                from));
      }
      return members;
    }
  };

  private static final List<String> FAR =
      List.of("CN", "RU", "IR", "VN", "US", "DE", "BR", "FR", "ES", "IN", "TR", "UA");
  private static final String LEAKED_TO = "IR";
  private static final String LEAKED_LANGUAGE = "fa";

  /**
   * The accounts of the scenario.
   *
   * @param accounts of it
   * @param start milliseconds since the beginning of the log
   * @param length of the log, milliseconds
   */
  abstract List<Member> members(World world, int accounts, long start, long length);

  private static Member member(
      String kind, String organisation, Identity identity, Rhythm rhythm, Voice voice) {
    return new Member(kind, organisation, true, identity, rhythm, voice);
  }

  private static Identity withAddresses(Identity identity, List<Address> addresses) {
    return new Identity(
        identity.tenant(),
        identity.account(),
        identity.createdAt(),
        identity.payment(),
        identity.device(),
        addresses,
        identity.declaredCountry(),
        identity.billingCountry());
  }
}
