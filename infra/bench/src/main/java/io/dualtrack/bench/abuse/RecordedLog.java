package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Address;
import io.dualtrack.bench.abuse.Member.Identity;
import io.dualtrack.bench.abuse.Member.Utterance;
import io.dualtrack.local.abuse.RecordedExchange;
import java.io.IOException;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

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
    long count = 0;
    try (JsonLines json = new JsonLines(out)) {
      for (Iterator<RecordedExchange> lines = new Lines(seed); lines.hasNext(); count++) {
        json.write(lines.next());
      }
    }
    return count;
  }

  /**
   * The log's lines, ordered by time, made as they are taken.
   *
   * @param seed of the exchanges; the members are made already
   */
  Stream<RecordedExchange> lines(long seed) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(
            new Lines(seed), Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  private final class Lines implements Iterator<RecordedExchange> {

    private final RandomGenerator[] dice = new RandomGenerator[members.size()];
    private final PriorityQueue<Turn> turns = new PriorityQueue<>(Math.max(1, members.size()));
    private long lines;

    Lines(long seed) {
      for (int i = 0; i < dice.length; i++) {
        dice[i] = World.generator(seed * 1_000_003 + i);
        schedule(i, -1);
      }
    }

    private void schedule(int member, long after) {
      long next = members.get(member).rhythm().next(after, dice[member]);
      if (next < length) {
        turns.add(new Turn(next, member));
      }
    }

    @Override
    public boolean hasNext() {
      return !turns.isEmpty();
    }

    @Override
    public RecordedExchange next() {
      Turn turn = turns.remove();
      lines++;
      RecordedExchange line =
          line(members.get(turn.member()), turn.at(), lines, dice[turn.member()]);
      schedule(turn.member(), turn.at());
      return line;
    }
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
