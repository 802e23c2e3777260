package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * What every single field of a log tells about who is hidden: the area under the curve of the best
 * threshold on an account's mean of it. Near 0.5 it tells nothing; a generator whose fields tell
 * more praises detectors for reading off what it left lying about.
 */
final class FieldCurves {

  private static final Map<String, ToDoubleFunction<RecordedExchange>> FIELDS = fields();

  private final Map<String, double[]> sums = new HashMap<>();

  private static Map<String, ToDoubleFunction<RecordedExchange>> fields() {
    Map<String, ToDoubleFunction<RecordedExchange>> fields = new LinkedHashMap<>();
    fields.put("account_created_at", line -> line.accountCreatedAt().getEpochSecond());
    fields.put("hosting", line -> line.hosting() ? 1 : 0);
    fields.put("asn", RecordedExchange::asn);
    fields.put("declared_country", line -> line.declaredCountry().hashCode());
    fields.put("billing_country", line -> line.billingCountry().hashCode());
    fields.put("model", line -> line.model().hashCode());
    fields.put("system", line -> line.system() == null ? 0 : 1);
    fields.put("prompt's length", line -> line.prompt().length());
    fields.put("input_tokens", RecordedExchange::inputTokens);
    fields.put("output_tokens", RecordedExchange::outputTokens);
    fields.put("tools", line -> line.tools().size());
    fields.put("turn", RecordedExchange::turn);
    fields.put("hour of at", line -> line.at().getEpochSecond() / 3_600 % 24);
    return fields;
  }

  /** Takes one more line into account. */
  void see(RecordedExchange line) {
    double[] sum = sums.computeIfAbsent(line.account(), id -> new double[FIELDS.size() + 1]);
    int i = 0;
    for (ToDoubleFunction<RecordedExchange> field : FIELDS.values()) {
      sum[i++] += field.applyAsDouble(line);
    }
    sum[i]++;
  }

  /** The area under the curve by field, the number of an account's exchanges among them. */
  Map<String, Double> areas(Set<String> hidden) {
    Map<String, Double> areas = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(FIELDS.keySet());
    for (int i = 0; i < names.size(); i++) {
      int at = i;
      areas.put(names.get(i), area(hidden, sum -> sum[at] / sum[sum.length - 1]));
    }
    areas.put("exchanges", area(hidden, sum -> sum[sum.length - 1]));
    return areas;
  }

  private record Ranked(double value, boolean hidden) {}

  /** The probability that a hidden account has more of it than an honest one; ties are halves. */
  private double area(Set<String> hidden, ToDoubleFunction<double[]> field) {
    List<Ranked> all = new ArrayList<>(sums.size());
    sums.forEach(
        (account, sum) -> all.add(new Ranked(field.applyAsDouble(sum), hidden.contains(account))));
    all.sort(Comparator.comparingDouble(Ranked::value));
    double ranks = 0;
    long of = 0;
    for (int i = 0; i < all.size(); ) {
      int end = i;
      while (end < all.size() && all.get(end).value() == all.get(i).value()) {
        end++;
      }
      for (int k = i; k < end; k++) {
        if (all.get(k).hidden()) {
          ranks += (i + 1 + end) / 2.0;
          of++;
        }
      }
      i = end;
    }
    long other = all.size() - of;
    return of == 0 || other == 0 ? 0.5 : (ranks - of * (of + 1) / 2.0) / ((double) of * other);
  }
}
