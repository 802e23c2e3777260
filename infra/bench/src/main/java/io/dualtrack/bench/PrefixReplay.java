package io.dualtrack.bench;

import io.dualtrack.inference.prefix.Affinity;
import io.dualtrack.inference.prefix.Prefix;
import io.dualtrack.inference.prefix.PrefixQueue;
import io.dualtrack.inference.prefix.WarmBlocks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Replays a trace over replicas with a bounded prefix cache each, with the dispatcher's own classes
 * choosing who does what next. Time is simulated: a call takes longer for each block that the
 * replica has to compute and for each token of the answer.
 */
final class PrefixReplay {

  private static final double SECONDS_PER_CALL = 0.05;
  private static final double SECONDS_PER_COMPUTED_BLOCK = 0.08;
  private static final double SECONDS_PER_OUTPUT_TOKEN = 0.02;

  /**
   * @param seconds since the trace began
   * @param blocks ids of the prompt's blocks, each standing for the text up to its end
   * @param characters of the prompt, roughly
   */
  record Call(double seconds, long[] blocks, long outputTokens, long characters) {}

  /**
   * @param replicas how many there are
   * @param blocks that each keeps
   * @param concurrency calls that each works on at once
   */
  record Setup(int replicas, int blocks, int concurrency) {}

  /**
   * @param hitRate blocks that did not have to be computed, of all
   * @param loadRatio the busiest replica's calls to those of the least busy one
   * @param blockRatio the same for the blocks of their prompts
   */
  record Figures(double hitRate, double loadRatio, double blockRatio) {}

  private record End(double at, Replica replica) {}

  private static final class Replica implements Affinity.Candidate {
    private final WarmBlocks cache;
    private int inFlight;
    private long calls;
    private long blocks;
    private long hits;

    Replica(int blocks) {
      cache = new WarmBlocks(blocks);
    }

    @Override
    public int inFlight() {
      return inFlight;
    }

    @Override
    public long computedBlocks() {
      return blocks - hits;
    }

    @Override
    public WarmBlocks cache() {
      return cache;
    }

    /**
     * @return how long the call takes
     */
    double start(Call call, Prefix prefix) {
      int warm = cache.warm(prefix);
      cache.served(prefix);
      inFlight++;
      calls++;
      blocks += prefix.length();
      hits += warm;
      return SECONDS_PER_CALL
          + (prefix.length() - warm) * SECONDS_PER_COMPUTED_BLOCK
          + call.outputTokens() * SECONDS_PER_OUTPUT_TOKEN;
    }
  }

  private final Setup setup;
  private final List<Replica> replicas = new ArrayList<>();
  private final PriorityQueue<End> ends = new PriorityQueue<>(Comparator.comparingDouble(End::at));

  private PrefixReplay(Setup setup) {
    this.setup = setup;
    for (int i = 0; i < setup.replicas(); i++) {
      replicas.add(new Replica(setup.blocks()));
    }
  }

  /** What one cache without a bound would hit. */
  static double unbounded(List<Call> trace) {
    Set<Long> seen = new HashSet<>();
    long hits = 0;
    long blocks = 0;
    for (Call call : trace) {
      boolean warm = true;
      for (long block : call.blocks()) {
        boolean isNew = seen.add(block);
        warm &= !isNew;
        hits += warm ? 1 : 0;
      }
      blocks += call.blocks().length;
    }
    return (double) hits / blocks;
  }

  /** Calls to the replicas in turn, for comparison. */
  static Figures roundRobin(List<Call> trace, Setup setup) {
    PrefixReplay replay = new PrefixReplay(setup);
    int next = 0;
    for (Call call : trace) {
      replay.replicas.get(next++ % setup.replicas()).start(call, Prefix.ofBlocks(call.blocks()));
    }
    return replay.figures();
  }

  /**
   * All calls wait; as many as the bounds allow are known to the dispatcher at a time.
   *
   * @param maxPending calls that the dispatcher has taken and not started
   * @param maxPendingCharacters of their prompts
   */
  static Figures batch(List<Call> trace, Setup setup, int maxPending, long maxPendingCharacters) {
    return new PrefixReplay(setup).batch(trace.iterator(), maxPending, maxPendingCharacters);
  }

  private Figures batch(Iterator<Call> trace, int maxPending, long maxPendingCharacters) {
    PrefixQueue<Call> queue = new PrefixQueue<>();
    Map<Replica, WarmBlocks> caches = new LinkedHashMap<>();
    replicas.forEach(replica -> caches.put(replica, replica.cache()));
    long characters = 0;
    double now = 0;
    while (true) {
      while (trace.hasNext() && queue.size() < maxPending && characters < maxPendingCharacters) {
        Call call = trace.next();
        characters += call.characters();
        queue.add(call, Prefix.ofBlocks(call.blocks()), caches);
      }
      Replica replica = leastBusy();
      if (queue.size() > 0 && replica.inFlight < setup.concurrency()) {
        PrefixQueue.Entry<Call> entry = queue.peek(replica, replica.cache()).orElseThrow();
        queue.take(replica, entry);
        characters -= entry.item().characters();
        ends.add(new End(now + replica.start(entry.item(), entry.prefix()), replica));
      } else if (ends.isEmpty()) {
        return figures();
      } else {
        now = endOne();
      }
    }
  }

  private Replica leastBusy() {
    return replicas.stream()
        .min(Comparator.comparingInt(Replica::inFlight).thenComparingLong(Replica::computedBlocks))
        .orElseThrow();
  }

  private double endOne() {
    End end = ends.remove();
    end.replica().inFlight--;
    return end.at();
  }

  /** Calls come at their times, and each goes out as soon as a replica has room. */
  static Figures interactive(List<Call> trace, Setup setup) {
    return new PrefixReplay(setup).interactive(trace);
  }

  private Figures interactive(List<Call> trace) {
    Deque<Call> waiting = new ArrayDeque<>();
    for (Call call : trace) {
      while (!ends.isEmpty() && ends.peek().at() <= call.seconds()) {
        startAll(waiting, endOne());
      }
      waiting.add(call);
      startAll(waiting, call.seconds());
    }
    while (!ends.isEmpty()) {
      startAll(waiting, endOne());
    }
    return figures();
  }

  private void startAll(Deque<Call> waiting, double now) {
    while (!waiting.isEmpty()) {
      List<Replica> open =
          replicas.stream().filter(each -> each.inFlight < setup.concurrency()).toList();
      if (open.isEmpty()) {
        return;
      }
      Call call = waiting.removeFirst();
      Prefix prefix = Prefix.ofBlocks(call.blocks());
      Replica replica = Affinity.choose(prefix, open);
      ends.add(new End(now + replica.start(call, prefix), replica));
    }
  }

  private Figures figures() {
    long hits = replicas.stream().mapToLong(each -> each.hits).sum();
    long blocks = replicas.stream().mapToLong(each -> each.blocks).sum();
    return new Figures(
        (double) hits / blocks,
        ratio(replicas.stream().mapToLong(each -> each.calls).toArray()),
        ratio(replicas.stream().mapToLong(each -> each.blocks).toArray()));
  }

  private static double ratio(long[] loads) {
    long least = Long.MAX_VALUE;
    long most = 0;
    for (long load : loads) {
      least = Math.min(least, load);
      most = Math.max(most, load);
    }
    return (double) most / Math.max(1, least);
  }
}
