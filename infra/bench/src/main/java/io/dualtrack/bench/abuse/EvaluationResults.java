package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Score.Found;
import io.dualtrack.bench.abuse.Score.Share;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Scores of every campaign, method and seed; those of the seeds are pooled. */
final class EvaluationResults {

  /**
   * All seeds of one campaign together.
   *
   * @param firstAlerts of each seed that had one
   * @param named how long after the campaign's begin each account was named, of all seeds
   * @param harmed honest organisations, by kind
   */
  record Pooled(
      int seeds,
      Share recall,
      Share precision,
      List<Duration> firstAlerts,
      Share leakedBeforeFirst,
      Share leakedBeforeHalf,
      Share leakedBeforeMost,
      List<Duration> named,
      Map<String, Integer> harmed) {

    /** The latest first alert; empty where a seed had none. */
    Optional<Duration> latestFirstAlert() {
      return firstAlerts.size() < seeds
          ? Optional.empty()
          : firstAlerts.stream().max(Duration::compareTo);
    }

    /** When 95% of all seeds' accounts were named; empty where that never came. */
    Optional<Duration> mostNamed() {
      int most = (int) Math.ceil(0.95 * recall.whole());
      return named.size() < most ? Optional.empty() : Optional.of(named.get(most - 1));
    }
  }

  private final Map<String, Map<String, List<Score>>> scores = new LinkedHashMap<>();
  private final Map<String, Map<String, Double>> fields = new LinkedHashMap<>();

  void add(String campaign, String method, Score score) {
    scores
        .computeIfAbsent(campaign, name -> new LinkedHashMap<>())
        .computeIfAbsent(method, name -> new ArrayList<>())
        .add(score);
  }

  /** What single fields tell in a campaign's log; of several seeds the farthest from chance. */
  void fields(String campaign, Map<String, Double> areas) {
    Map<String, Double> known = fields.computeIfAbsent(campaign, name -> new LinkedHashMap<>());
    areas.forEach(
        (field, area) ->
            known.merge(field, area, (a, b) -> Math.abs(a - 0.5) > Math.abs(b - 0.5) ? a : b));
  }

  List<String> campaigns() {
    return List.copyOf(scores.keySet());
  }

  /** The detector and its baselines, or the detector without a part of it. */
  List<String> methods() {
    return scores.values().stream().flatMap(each -> each.keySet().stream()).distinct().toList();
  }

  List<String> methods(String campaign) {
    return List.copyOf(scores.get(campaign).keySet());
  }

  Map<String, Map<String, Double>> fields() {
    return fields;
  }

  Pooled pooled(String campaign, String method) {
    List<Score> all = scores.get(campaign).get(method);
    List<Found> found = all.stream().map(score -> score.campaigns().get(campaign)).toList();
    Map<String, Integer> harmed = new TreeMap<>();
    all.forEach(
        score -> score.harmed().forEach((kind, count) -> harmed.merge(kind, count, Integer::sum)));
    long exchanges = found.stream().mapToLong(Found::exchanges).sum();
    return new Pooled(
        all.size(),
        sum(found.stream().map(Found::recall).toList()),
        sum(all.stream().map(Score::precision).toList()),
        found.stream().flatMap(each -> each.firstAlert().stream()).toList(),
        new Share(found.stream().mapToLong(Found::leakedBeforeFirst).sum(), exchanges),
        new Share(found.stream().mapToLong(Found::leakedBeforeHalf).sum(), exchanges),
        new Share(found.stream().mapToLong(Found::leakedBeforeMost).sum(), exchanges),
        found.stream().flatMap(each -> each.named().stream()).sorted().toList(),
        harmed);
  }

  private static Share sum(List<Share> shares) {
    return new Share(
        shares.stream().mapToLong(Share::part).sum(),
        shares.stream().mapToLong(Share::whole).sum());
  }
}
