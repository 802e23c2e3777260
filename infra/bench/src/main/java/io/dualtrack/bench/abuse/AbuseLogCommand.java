package io.dualtrack.bench.abuse;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a labelled log for `abuse replay`. */
@Command(
    name = "abuse-log",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes a log of honest accounts, the hard cases among them, with hidden distillation",
      "campaigns, and a file that says which account is which. All of it is synthetic but the",
      "texts and the shapes of the clients' traffic. Equal seeds make equal logs."
    })
public final class AbuseLogCommand implements Callable<Integer> {

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "the log; compressed where the name ends in .gz")
  private Path out;

  @Option(
      names = "--labels",
      required = true,
      paramLabel = "FILE",
      description = "what each account is in truth")
  private Path labels;

  @Option(names = "--seed", description = "default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(
      names = "--family",
      description = "half of texts and templates: ${COMPLETION-CANDIDATES}; default: HELD_OUT")
  private Family family = Family.HELD_OUT;

  @Option(
      names = "--texts",
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON lines with prompts (default: the example batches)")
  private List<Path> texts = LogRecipe.EXAMPLES;

  @Option(names = "--honest", description = "honest accounts (default: ${DEFAULT-VALUE})")
  private int honest = 5_000;

  @Option(
      names = "--median",
      description =
          "exchanges a day of the median honest account; the mean is some six times as many"
              + " (default: ${DEFAULT-VALUE})")
  private double median = LogRecipe.MEDIAN;

  @Option(
      names = "--campaign",
      split = ",",
      paramLabel = "V0..V7",
      description = "hidden campaigns (default: none)")
  private List<Campaign> campaigns = List.of();

  @Option(names = "--hidden", description = "accounts of a campaign (default: ${DEFAULT-VALUE})")
  private int hidden = 250;

  @Option(
      names = "--scenario",
      split = ",",
      paramLabel = "RELAY,LEAK",
      description = {
        "abuse without a cluster: single accounts resold to many people in many countries, a",
        "tenant that leaks to an embargoed region (default: none)"
      })
  private List<Scenario> scenarios = List.of();

  @Option(
      names = "--scenario-accounts",
      description = "accounts of each scenario (default: ${DEFAULT-VALUE})")
  private int scenarioAccounts = 20;

  @Option(
      names = "--behind-one-prefix",
      description = "honest accounts behind one carrier's address prefix, beside the others")
  private int behindOnePrefix;

  @Option(names = "--hours", description = "length of the log (default: ${DEFAULT-VALUE})")
  private int hours = 30;

  @Option(
      names = "--start-hour",
      description = "when the campaigns begin (default: ${DEFAULT-VALUE})")
  private int startHour = 6;

  @Override
  public Integer call() throws IOException {
    Instant begin = Instant.now();
    LogRecipe.Made made =
        new LogRecipe(
                seed,
                family,
                texts.stream().map(Path::toString).toList(),
                honest,
                median,
                behindOnePrefix,
                campaigns,
                hidden,
                scenarios,
                scenarioAccounts,
                hours,
                startHour)
            .make();
    List<Member> members = made.members();
    try (BufferedWriter writer = Files.newBufferedWriter(labels)) {
      Truth.write(members, writer);
    }
    long lines;
    try (BufferedWriter writer = writer(out)) {
      lines = made.log().write(writer, seed);
    }
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3;
    System.err.printf(
        "%,d exchanges of %,d accounts in %.1f s (%,.0f/s)%n",
        lines, members.size(), seconds, lines / seconds);
    return 0;
  }

  static BufferedWriter writer(Path file) throws IOException {
    OutputStream stream = Files.newOutputStream(file);
    return new BufferedWriter(
        new OutputStreamWriter(
            file.toString().endsWith(".gz") ? new QuickGzip(stream) : stream,
            StandardCharsets.UTF_8),
        1 << 16);
  }

  /** At the usual level, compressing takes longer than all the rest. */
  private static final class QuickGzip extends GZIPOutputStream {
    QuickGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
