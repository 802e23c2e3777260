package io.dualtrack.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.faults.oracle.Check;
import io.dualtrack.local.drill.DrillReport;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;

/**
 * What a drill's report must say, found in other places than the report: the results, the ledger
 * and the provider's own log. The drill is of everything that the provider has.
 *
 * @param answeredAtHome requests of the model with a substitute that the substitute answered
 * @param refused requests that were refused in the name of the drill
 * @param missing requests without a result
 * @param lastCallMillis from the command to the last call that the provider saw before the end; 0
 *     where it saw none
 * @param backMillis from the end to the first call that the provider saw; null where it saw none
 * @param cost US dollars that the ledger has of those answered at home
 * @param costThere what their tokens cost at the provider
 */
record DrillOracle(
    long answeredAtHome,
    long refused,
    long missing,
    long lastCallMillis,
    Long backMillis,
    BigDecimal cost,
    BigDecimal costThere) {

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long MOST_MILLIS = 2_000;

  /** From a call's start at the dispatcher until the provider has read it, on a busy machine. */
  private static final long ON_THE_WAY_MILLIS = 500;

  static DrillOracle read(
      StackAddress address, SchemaRegistry registry, Set<String> sent, DrillReport report)
      throws IOException, InterruptedException {
    Set<String> atHome = new HashSet<>();
    Set<String> refused = new HashSet<>();
    Set<String> missing = new HashSet<>(sent);
    scan(
        address,
        registry,
        Topics.RESULTS,
        (key, result) -> {
          missing.remove(result.getRequestId());
          if (atHome(result)) {
            atHome.add(result.getRequestId());
          } else if (refusedByDrill(result)) {
            refused.add(result.getRequestId());
          }
        });
    BigDecimal[] money = {BigDecimal.ZERO, BigDecimal.ZERO};
    scan(
        address,
        registry,
        Topics.COST_LEDGER,
        (key, row) -> {
          if (atHome.contains(row.getRequestId()) && row.getPriceStatus() == PriceStatus.PRICED) {
            money[0] = money[0].add(row.getCost());
            money[1] =
                money[1].add(
                    SuspensionControl.PER_TOKEN.multiply(BigDecimal.valueOf(row.getTokens())));
          }
        });
    long begun = report.begun().toEpochMilli();
    long ended = report.ended().toEpochMilli();
    List<Long> arrivals = arrivals(address, begun);
    return new DrillOracle(
        atHome.size(),
        refused.size(),
        missing.size(),
        arrivals.stream().filter(at -> at < ended).mapToLong(at -> at - begun).max().orElse(0),
        arrivals.stream()
            .filter(at -> at >= ended)
            .map(at -> at - ended)
            .min(Long::compare)
            .orElse(null),
        money[0],
        money[1]);
  }

  private static boolean atHome(InferenceResult result) {
    return result.getModel().equals(SuspensionControl.WITH_SUBSTITUTE)
        && SuspensionControl.AT_HOME_OFFERING.equals(result.getOffering())
        && result.getOutcome() == Outcome.ANSWERED;
  }

  private static boolean refusedByDrill(InferenceResult result) {
    return result.getReasons().stream().anyMatch(each -> LiveDrill.idIn(each).isPresent());
  }

  /** When the provider saw calls. */
  private static List<Long> arrivals(StackAddress address, long since)
      throws IOException, InterruptedException {
    List<Long> arrivals = new ArrayList<>();
    for (String model : DrillScenario.MODELS) {
      URI uri =
          URI.create(address.sandbox() + "/sandbox/moments/%s?since=%d".formatted(model, since));
      String answer =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
              .body();
      JsonNode times = new ObjectMapper().readTree(answer).path("arrived");
      times.forEach(time -> arrivals.add(time.asLong()));
    }
    return arrivals;
  }

  private static <V extends SpecificRecord> void scan(
      StackAddress address, SchemaRegistry registry, Topic<V> topic, BiConsumer<String, V> action) {
    try (TopicScan<V> scan = new TopicScan<>(address.kafka(), registry, topic)) {
      if (!scan.fromBeginning().toEnd(PATIENCE, key -> true, action)) {
        throw new IllegalStateException("%s cannot be read to its end".formatted(topic.name()));
      }
    }
  }

  /** Holds the report against this. */
  List<Check> judge(DrillReport report) {
    return List.of(
        new Check("switched", switched(report)),
        new Check("lost", lost(report)),
        new Check("back", back(report)),
        new Check("report", equal(report)));
  }

  private List<String> switched(DrillReport report) {
    List<String> problems = new ArrayList<>();
    if (report.switchedMillis() > MOST_MILLIS || lastCallMillis > MOST_MILLIS) {
      problems.add(
          "the last call started after %d ms and arrived after %d ms"
              .formatted(report.switchedMillis(), lastCallMillis));
    }
    if (Math.abs(lastCallMillis - report.switchedMillis()) > ON_THE_WAY_MILLIS) {
      problems.add(
          "the report has the last call at %d ms, the provider at %d ms"
              .formatted(report.switchedMillis(), lastCallMillis));
    }
    return problems;
  }

  private List<String> lost(DrillReport report) {
    return missing == 0 && report.open() == 0
        ? List.of()
        : List.of(
            "%d requests have no result, and the report says %d".formatted(missing, report.open()));
  }

  private List<String> back(DrillReport report) {
    boolean inTime =
        backMillis != null
            && backMillis <= MOST_MILLIS
            && report.backMillis() != null
            && report.backMillis() <= MOST_MILLIS;
    return inTime
        ? List.of()
        : List.of(
            "the first request was let back after %s ms, and the provider saw it after %s ms"
                .formatted(report.backMillis(), backMillis));
  }

  private List<String> equal(DrillReport report) {
    List<String> problems = new ArrayList<>();
    Map<String, Long> home =
        answeredAtHome == 0 ? Map.of() : Map.of(SuspensionControl.AT_HOME_OFFERING, answeredAtHome);
    if (!report.answered().equals(home)) {
      problems.add("answered %s, and the results say %s".formatted(report.answered(), home));
    }
    if (report.refusedInAll() != refused) {
      problems.add("refused %s, and the results say %d".formatted(report.refused(), refused));
    }
    if (report.requests() != answeredAtHome + refused) {
      problems.add(
          "%d requests kept away, and the results say %d"
              .formatted(report.requests(), answeredAtHome + refused));
    }
    if (report.cost().compareTo(cost) != 0 || report.costThere().compareTo(costThere) != 0) {
      problems.add(
          "cost %s here and %s there, and the ledger says %s and %s"
              .formatted(report.cost(), report.costThere(), cost, costThere));
    }
    return problems;
  }
}
