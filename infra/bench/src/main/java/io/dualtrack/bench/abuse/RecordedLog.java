package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Identity;
import io.dualtrack.bench.abuse.Member.Utterance;
import io.dualtrack.local.abuse.RecordedExchange;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;

/** Lets the members of a log ask, each in its time, and writes down what they asked. */
final class RecordedLog {

  private static final int CHARACTERS_PER_TOKEN = 4;

  private record Turn(long at, int member) implements Comparable<Turn> {
    @Override
    public int compareTo(Turn other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Integer.compare(member, other.member);
    }
  }

  private final World world;
  private final List<Member> members;
  private final long length;

  /**
   * @param length of the log, milliseconds
   */
  RecordedLog(World world, List<Member> members, long length) {
    this.world = world;
    this.members = members;
    this.length = length;
  }

  /** Takes the lines of a log, in their order. */
  interface Reader {
    void read(RecordedExchange line) throws IOException;
  }

  /**
   * Writes the log, a line an exchange, ordered by time.
   *
   * @param seed of the exchanges; the members are made already
   * @return how many lines
   */
  long write(Writer out, long seed) throws IOException {
    try (JsonLines lines = new JsonLines(out)) {
      return tell(seed, lines::write);
    }
  }

  /**
   * Tells the log to somebody, ordered by time.
   *
   * @param seed of the exchanges; the members are made already
   * @return how many lines
   */
  long tell(long seed, Reader reader) throws IOException {
    RandomGenerator[] dice = new RandomGenerator[members.size()];
    PriorityQueue<Turn> turns = new PriorityQueue<>(Math.max(1, members.size()));
    for (int i = 0; i < dice.length; i++) {
      dice[i] = World.generator(seed * 1_000_003 + i);
      turns.add(new Turn(members.get(i).rhythm().next(-1, dice[i]), i));
    }
    long lines = 0;
    for (Turn turn = turns.poll(); turn != null && turn.at() < length; turn = turns.poll()) {
      Member member = members.get(turn.member());
      RandomGenerator random = dice[turn.member()];
      lines++;
      reader.read(line(member, turn.at(), lines, random));
      long next = member.rhythm().next(turn.at(), random);
      if (next < length) {
        turns.add(new Turn(next, turn.member()));
      }
    }
    return lines;
  }

  private RecordedExchange line(Member member, long at, long number, RandomGenerator random) {
    Identity identity = member.identity();
    List<Address> addresses = member.addresses(at);
    Address address = addresses.get(random.nextInt(addresses.size()));
    Utterance said = member.voice().say(at, random);
    int characters = said.prompt().length() + (said.system() == null ? 0 : said.system().length());
    return new RecordedExchange(
        world.begin.plusMillis(at),
        "r-" + number,
        identity.tenant(),
        identity.account(),
        identity.createdAt(),
        identity.payment(),
        identity.device(),
        address.ip(),
        address.country(),
        address.asn(),
        address.hosting(),
        identity.declaredCountry(),
        identity.billingCountry(),
        said.model(),
        "/v1/chat/completions",
        said.system(),
        said.prompt(),
        1 + characters / CHARACTERS_PER_TOKEN,
        1 + said.answerTokens(),
        said.tools(),
        said.turn(),
        "answered");
  }
}
