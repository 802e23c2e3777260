package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import io.dualtrack.local.abuse.RecordedExchanges;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Names an account whose own queries look made: the distances between each query and the nearest
 * one before it are not distributed as those of natural traffic. After PRADA (Juuti et al., 2019),
 * with random features in place of pixels and the test of Jarque and Bera (1980) in place of
 * Shapiro and Wilk's.
 */
final class QueryDistances implements Baseline {

  private static final int REMEMBERED = 100;
  private static final int FEWEST = 30;

  /** The 95% quantile of chi square with two degrees of freedom. */
  private static final double CRITICAL = 5.991;

  private static final class Account {
    final List<ByteBuffer> queries = new ArrayList<>();
    final List<Double> distances = new ArrayList<>();
  }

  private final RecordedExchanges features = new RecordedExchanges(new byte[32], List.of());
  private final Map<String, Account> accounts = new HashMap<>();
  private final Set<String> named = new HashSet<>();

  @Override
  public List<String> see(RecordedExchange line) {
    if (named.contains(line.account())) {
      return List.of();
    }
    Account account = accounts.computeIfAbsent(line.account(), id -> new Account());
    if (account.queries.size() >= REMEMBERED) {
      return List.of();
    }
    ByteBuffer vector = features.features(line).getVector();
    if (vector.remaining() == 0) {
      return List.of();
    }
    account.queries.stream()
        .mapToDouble(earlier -> distance(earlier, vector))
        .min()
        .ifPresent(account.distances::add);
    account.queries.add(vector);
    if (account.distances.size() < FEWEST || jarqueBera(account.distances) < CRITICAL) {
      return List.of();
    }
    named.add(line.account());
    accounts.remove(line.account());
    return List.of(line.account());
  }

  private static double distance(ByteBuffer one, ByteBuffer other) {
    double sum = 0;
    for (int i = 0; i < one.limit(); i++) {
      double difference = one.get(i) - other.get(i);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static double jarqueBera(List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(value -> value).average().orElse(0);
    double second = 0;
    double third = 0;
    double fourth = 0;
    for (double value : values) {
      double d = value - mean;
      second += d * d / n;
      third += d * d * d / n;
      fourth += d * d * d * d / n;
    }
    if (second == 0) {
      return Double.MAX_VALUE;
    }
    double skewness = third / Math.pow(second, 1.5);
    double kurtosis = fourth / (second * second) - 3;
    return n / 6.0 * (skewness * skewness + kurtosis * kurtosis / 4);
  }
}
