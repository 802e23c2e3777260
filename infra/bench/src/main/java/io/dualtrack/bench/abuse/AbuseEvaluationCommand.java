package io.dualtrack.bench.abuse;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.abuse.EvaluationPage.Part;
import io.dualtrack.bench.abuse.EvaluationResults.Pooled;
import io.dualtrack.bench.abuse.Score.Naming;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.jobs.abuse.Signal;
import io.dualtrack.local.abuse.AbuseReplay;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Every campaign with several seeds, the detector beside its baselines, and the page about it. */
@Command(
    name = "abuse-evaluation",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes a log for every campaign and seed, replays it, scores the alerts and those of simpler",
      "detectors, and writes the page with tables and plots. The parts of the page are run by",
      "themselves; what is not run stays as it is."
    })
public final class AbuseEvaluationCommand implements Callable<Integer> {

  static final String DETECTOR = "dualtrack";

  @Option(
      names = "--part",
      split = ",",
      description = {
        "campaigns: the detector beside simpler ones; long: V0, V1, V2 that go on for 45 days;",
        "ablations: the detector blind to one signal; scenarios: resold accounts and a leaking",
        "tenant (S6, S7); disguises: V6 with some of its disguises left off (default: all)"
      })
  private List<Part> parts = List.of(Part.values());

  @Option(
      names = "--page",
      description = "where the page goes; its plots go beside it (default: ${DEFAULT-VALUE})")
  private Path page = Path.of("docs", "abuse-evaluation.md");

  @Option(
      names = "--seeds",
      split = ",",
      description = "of the logs; not those that thresholds were chosen on (default: 101,102,103)")
  private List<Long> seeds = List.of(101L, 102L, 103L);

  @Option(
      names = "--campaign",
      split = ",",
      paramLabel = "V0..V7",
      description = "default: all of them")
  private List<Campaign> campaigns = Campaign.MAIN;

  @Option(names = "--family", description = "default: ${DEFAULT-VALUE}")
  private Family family = Family.HELD_OUT;

  @Option(names = "--texts", arity = "1..*", paramLabel = "FILE", description = "JSON lines")
  private List<Path> texts = LogRecipe.EXAMPLES;

  @Option(names = "--honest", description = "honest accounts (default: ${DEFAULT-VALUE})")
  private int honest = 2_000;

  @Option(
      names = "--median",
      description = "exchanges a day of the median honest account (default: ${DEFAULT-VALUE})")
  private double median = 1.5;

  @Option(names = "--hidden", description = "accounts of a campaign (default: ${DEFAULT-VALUE})")
  private int hidden = 60;

  @Option(names = "--hours", description = "length of a log (default: ${DEFAULT-VALUE})")
  private int hours = 54;

  @Option(
      names = "--start-hour",
      description =
          "when campaigns begin; what happens in the first day of watching may have begun before"
              + " (default: ${DEFAULT-VALUE})")
  private int startHour = 30;

  @Option(
      names = "--without",
      split = ",",
      paramLabel = "S1..S8",
      description = "signals to be blind to, one at a time (default: S1,S2,S3,S4,S5,S8)")
  private List<Signal> ablations =
      List.of(Signal.S1, Signal.S2, Signal.S3, Signal.S4, Signal.S5, Signal.S8);

  @Option(names = "--work", description = "folder for logs; they are deleted one by one")
  private Path work;

  @Override
  public Integer call() throws Exception {
    Path folder = work == null ? Files.createTempDirectory("abuse-evaluation") : work;
    Files.createDirectories(folder);
    EvaluationPage written = new EvaluationPage(page);
    Figures figures = new Figures("abuse-evaluation");
    for (Part part : parts) {
      switch (part) {
        case CAMPAIGNS -> runCampaigns(folder, written, figures);
        case LONG -> runLong(folder, written);
        case ABLATIONS -> runAblations(folder, written);
        case SCENARIOS -> runScenarios(folder, written);
        case DISGUISES -> runDisguises(folder, written);
      }
    }
    System.out.println(figures);
    return 0;
  }

  private void runCampaigns(Path folder, EvaluationPage written, Figures figures) throws Exception {
    EvaluationResults results = new EvaluationResults();
    for (long seed : seeds) {
      for (Campaign campaign : campaigns) {
        evaluate(campaign, seed, folder, results);
        System.err.printf("%s, seed %d: done%n", campaign, seed);
      }
      // A run takes long, and half of it tells something too.
      written.plots().named(results);
      written.plots().bars("recall", "Recall, percent", results, Pooled::recall);
      written.plots().bars("precision", "Precision, percent", results, Pooled::precision);
      written.put(
          Part.CAMPAIGNS, EvaluationTables.campaigns(results, conditions(), written.folder()));
    }
    for (Campaign campaign : campaigns) {
      Pooled pooled = results.pooled(campaign.name(), DETECTOR);
      figures
          .put(campaign + "_recall_percent", 100 * pooled.recall().value())
          .put(campaign + "_precision_percent", 100 * pooled.precision().value());
    }
  }

  private void runLong(Path folder, EvaluationPage written) throws Exception {
    EvaluationResults results = new EvaluationResults();
    for (Campaign campaign : LongEvaluation.CAMPAIGNS) {
      for (long seed : seeds) {
        Score score = LongEvaluation.of(campaign, seed, family, median, texts, folder);
        results.add(campaign.name(), "seed " + seed, score);
        results.add(campaign.name(), DETECTOR, score);
        System.err.printf("long %s, seed %d: done%n", campaign, seed);
        written.put(Part.LONG, EvaluationTables.lasting(results));
      }
    }
  }

  /** Each log is made once for all that the detector may be blind to. */
  private void runAblations(Path folder, EvaluationPage written) throws Exception {
    Map<String, AbuseThresholds> variants = new LinkedHashMap<>();
    variants.put(DETECTOR, AbuseThresholds.DEFAULT);
    for (Signal signal : ablations) {
      variants.put("without " + signal, AbuseThresholds.DEFAULT.without(Set.of(signal)));
    }
    EvaluationResults results = new EvaluationResults();
    for (Campaign campaign : campaigns) {
      detect(campaign, variants, folder, results);
      written.plots().bars("ablations", "Recall, percent", results, Pooled::recall);
      written.put(
          Part.ABLATIONS, EvaluationTables.ablations(results, conditions(), written.folder()));
    }
  }

  private void runDisguises(Path folder, EvaluationPage written) throws Exception {
    EvaluationResults results = new EvaluationResults();
    for (Campaign campaign : Campaign.UNVEILED) {
      detect(campaign, Map.of(DETECTOR, AbuseThresholds.DEFAULT), folder, results);
      written.plots().bars("disguises", "Recall, percent", results, Pooled::recall);
      written.put(
          Part.DISGUISES, EvaluationTables.disguises(results, conditions(), written.folder()));
    }
  }

  private void runScenarios(Path folder, EvaluationPage written) throws Exception {
    List<ScenarioEvaluation.Row> rows = new ArrayList<>();
    for (long seed : seeds) {
      rows.add(ScenarioEvaluation.of(seed, family, median, texts, folder));
      System.err.printf("scenarios, seed %d: done%n", seed);
      written.put(Part.SCENARIOS, EvaluationTables.scenarios(rows));
    }
  }

  private void detect(
      Campaign campaign,
      Map<String, AbuseThresholds> variants,
      Path folder,
      EvaluationResults results)
      throws Exception {
    for (long seed : seeds) {
      Path exchanges = folder.resolve("%s-%d".formatted(campaign, seed));
      Path alerts = folder.resolve("alerts.jsonl");
      MadeLog made = MadeLog.of(recipe(campaign, seed), exchanges);
      for (Map.Entry<String, AbuseThresholds> variant : variants.entrySet()) {
        DetectorRun.of(made.file(), alerts, variant.getValue());
        results.add(campaign.name(), variant.getKey(), made.score(alerts));
        System.err.printf("%s, seed %d, %s: done%n", campaign, seed, variant.getKey());
      }
      Files.delete(exchanges);
    }
  }

  private String conditions() {
    return "All logs are synthetic but for their texts and the shapes of clients' traffic: "
        + "%,d honest accounts of all kinds, of which the median asks %.1f times a day and the mean"
            .formatted(honest, median)
        + " some six times as often, and %,d hidden ones a log, %d hours,".formatted(hidden, hours)
        + " of which the campaign has the last %d, seeds %s, texts and templates of the family %s."
            .formatted(
                hours - startHour,
                seeds.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                family);
  }

  private LogRecipe recipe(Campaign campaign, long seed) {
    return new LogRecipe(
        seed,
        family,
        texts.stream().map(Path::toString).toList(),
        honest,
        median,
        0,
        List.of(campaign),
        hidden,
        List.of(),
        0,
        hours,
        startHour);
  }

  private void evaluate(Campaign campaign, long seed, Path folder, EvaluationResults results)
      throws Exception {
    LogRecipe recipe = recipe(campaign, seed);
    LogRecipe.Made made = recipe.make();
    Path log = folder.resolve("%s-%d.jsonl".formatted(campaign, seed));
    try (BufferedWriter out = Files.newBufferedWriter(log)) {
      made.log().write(out, seed);
    }
    Map<String, Truth> truths =
        made.members().stream().map(Truth::of).collect(Collectors.toMap(Truth::account, t -> t));
    Map<String, List<Instant>> asked = new HashMap<>();
    Map<String, List<Naming>> byMethod = new LinkedHashMap<>();
    FieldCurves fields = new FieldCurves();
    runBaselines(log, asked, byMethod, fields);
    Path alerts = folder.resolve("alerts.jsonl");
    AbuseReplay.of(log, alerts, AbuseThresholds.DEFAULT, lines -> {});
    byMethod.put(DETECTOR, LogFiles.namings(alerts));
    for (Map.Entry<String, List<Naming>> method : byMethod.entrySet()) {
      results.add(campaign.name(), method.getKey(), Score.of(truths, asked, method.getValue()));
    }
    Set<String> hiddenAccounts =
        truths.values().stream()
            .filter(Truth::hidden)
            .map(Truth::account)
            .collect(Collectors.toSet());
    results.fields(campaign.name(), fields.areas(hiddenAccounts));
    Files.delete(log);
  }

  private static void runBaselines(
      Path log,
      Map<String, List<Instant>> asked,
      Map<String, List<Naming>> byMethod,
      FieldCurves fields)
      throws IOException {
    List<Baseline> baselines = new ArrayList<>();
    List<List<Naming>> namings = new ArrayList<>();
    for (Baseline.Named each : Baseline.all()) {
      baselines.add(each.make().get());
      namings.add(new ArrayList<>());
      byMethod.put(each.name(), namings.get(namings.size() - 1));
    }
    LogFiles.exchanges(
        log,
        line -> {
          asked.computeIfAbsent(line.account(), account -> new ArrayList<>()).add(line.at());
          fields.see(line);
          for (int i = 0; i < baselines.size(); i++) {
            for (String account : baselines.get(i).see(line)) {
              namings.get(i).add(new Naming(line.at(), account));
            }
          }
        });
  }
}
