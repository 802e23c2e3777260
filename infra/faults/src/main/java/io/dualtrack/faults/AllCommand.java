package io.dualtrack.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Launcher;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.ReliabilityTable.Row;
import io.dualtrack.faults.oracle.Check;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Every fault test, one behind the other, each in a process of its own. */
@Command(
    name = "all",
    mixinStandardHelpOptions = true,
    description = {
      "Runs every fault test and puts the table of what came of them into a page.",
      "Ends with 0 only if each of them would."
    })
final class AllCommand implements Callable<Integer> {

  private static final int LEDGER_KILLS = 3;
  private static final int DRILL_PER_SECOND = 200;
  private static final ObjectMapper JSON = new ObjectMapper().registerModule(new JavaTimeModule());

  /** A test and what it is called where it cannot say itself. */
  private record Test(String name, Callable<Row> run) {}

  @Spec private CommandSpec spec;

  @Option(names = "--lines", description = "lines of each batch (default: ${DEFAULT-VALUE})")
  private int lines = ScenarioCommand.LINES;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "run these alone, in the order given")
  private List<String> only = List.of();

  @Option(
      names = "--row",
      hidden = true,
      description = "file for the row of one test, which runs in this process")
  private Path row;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "page with the two marks that the table goes between: docs/reliability.md")
  private Path table;

  @Override
  public Integer call() throws Exception {
    if (row != null) {
      Row of = run(chosen().get(0));
      JSON.writeValue(row.toFile(), of);
      return of.holds() ? 0 : 1;
    }
    String page = table == null ? null : page();
    List<Row> rows = new ArrayList<>();
    List<Test> tests = chosen();
    long begin = System.nanoTime();
    for (Test test : tests) {
      System.err.printf(
          "== %s, %d of %d, after %d s%n",
          test.name(), rows.size() + 1, tests.size(), since(begin).toSeconds());
      Row of = apart(test.name());
      rows.add(of);
      System.err.printf("== %s %s%n", test.name(), of.holds() ? "holds" : "DOES NOT HOLD");
      if (page != null) {
        // After each, so that a run that is broken off leaves what it has.
        Files.writeString(
            table, ReliabilityTable.PAGE.put(page, above() + ReliabilityTable.text(rows)));
      }
    }
    System.out.println(ReliabilityTable.text(rows));
    boolean good = rows.stream().allMatch(Row::holds);
    System.out.println(
        new Figures("all")
            .put("scenarios", rows.size())
            .put("requests", rows.stream().mapToLong(Row::requests).sum())
            .put("faults", rows.stream().mapToLong(Row::faults).sum())
            .put("kills", rows.stream().mapToLong(Row::kills).sum())
            .put("all_hold", good)
            .put("seconds", rows.stream().mapToLong(row -> row.time().toSeconds()).sum()));
    return good ? 0 : 1;
  }

  /** Before anything runs. */
  private String page() {
    try {
      return ReliabilityTable.PAGE.read(table);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), "--table: " + e.getMessage(), e);
    }
  }

  private List<Test> chosen() {
    List<Test> all = tests();
    List<String> names = all.stream().map(Test::name).toList();
    for (String name : only) {
      if (!names.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--only: there is no %s; there are %s".formatted(name, String.join(", ", names)));
      }
    }
    return only.isEmpty() ? all : only.stream().map(name -> all.get(names.indexOf(name))).toList();
  }

  private List<Test> tests() {
    List<Test> tests = new ArrayList<>();
    for (Scenario each : Scenarios.all()) {
      tests.add(new Test(each.name(), () -> Row.of(ScenarioCommand.run(each, lines))));
    }
    tests.add(new Test("gateway", this::gateway));
    tests.add(new Test("suspend", this::suspend));
    tests.add(new Test("drill", this::drill));
    tests.add(new Test("ledger", this::ledger));
    return tests;
  }

  /** In a process of its own: what a stack leaves in a JVM takes time from the ones behind it. */
  private Row apart(String name) throws Exception {
    long begin = System.nanoTime();
    Path written = Files.createTempFile("dualtrack-row-", ".json");
    try {
      Process process =
          Launcher.start(
              "faults", "all", "--only", name, "--lines", "" + lines, "--row", "" + written);
      try {
        process.getInputStream().transferTo(System.err);
        process.waitFor();
      } finally {
        process.destroy();
      }
      return Files.size(written) > 0
          ? JSON.readValue(written.toFile(), Row.class)
          : brokeOff(name, begin);
    } finally {
      Files.delete(written);
    }
  }

  /** One that breaks off is one that does not hold, and the others run all the same. */
  private static Row run(Test test) {
    long begin = System.nanoTime();
    try {
      return test.run().call();
    } catch (Exception e) {
      System.err.println(test.name() + " broke off: " + e);
      return brokeOff(test.name(), begin);
    }
  }

  private static Row brokeOff(String name, long begin) {
    return new Row(name, 0, 0, 0, "broke off", List.of(), since(begin), false);
  }

  private Row gateway() throws Exception {
    long begin = System.nanoTime();
    try (Scratch scratch = scratch()) {
      GatewayScenario.Report report =
          new GatewayScenario(
                  lines, EnumSet.allOf(GatewayScenario.Moment.class), scratch, System.err::println)
              .run();
      List<String> problems = report.holds() ? List.of() : List.of(report.toString());
      return new Row(
          "gateway",
          report.verdict().requests(),
          report.kills() + 1L,
          report.kills(),
          "",
          List.of(new Check("outcomes", problems)),
          since(begin),
          report.holds());
    }
  }

  private Row suspend() throws Exception {
    long begin = System.nanoTime();
    try (Scratch scratch = scratch()) {
      SuspensionScenario.Report report =
          new SuspensionScenario(
                  lines / 2,
                  SuspendCommand.IN_FLIGHT,
                  SuspendCommand.ROUNDS,
                  SuspendCommand.PROVIDERS_LATENCY,
                  scratch,
                  System.err::println)
              .run();
      report.verdict().problems().forEach(System.err::println);
      return new Row(
          "suspend",
          report.verdict().requests(),
          report.rounds().size(),
          0,
          report.verdict().calls().unexplained() + " of 0",
          report.verdict().checks(),
          since(begin),
          SuspendCommand.holds(report));
    }
  }

  /** As long as the other tests' requests take at its pace. */
  private Duration drillLength() {
    Duration length = Duration.ofSeconds(lines / DRILL_PER_SECOND);
    return length.compareTo(DrillCommand.LENGTH) < 0 ? DrillCommand.LENGTH : length;
  }

  private Row drill() throws Exception {
    long begin = System.nanoTime();
    try (Scratch scratch = scratch()) {
      DrillScenario.Report report =
          new DrillScenario(DRILL_PER_SECOND, drillLength(), scratch, System.err::println).run();
      report.problems().forEach(System.err::println);
      List<Check> checks = new ArrayList<>(report.verdict().checks());
      checks.addAll(report.checks());
      return new Row(
          "drill",
          report.sent(),
          1,
          0,
          report.verdict().calls().unexplained() + " of 0",
          checks,
          since(begin),
          report.holds());
    }
  }

  /** Exchanges are cheap beside lines: ten for each. */
  private Row ledger() {
    long begin = System.nanoTime();
    int exchanges = 10 * lines;
    boolean equal =
        new CommandLine(new LedgerCommand())
                .execute("--exchanges", "" + exchanges, "--kills", "" + LEDGER_KILLS)
            == 0;
    List<String> problems = equal ? List.of() : List.of("the ledger differs");
    return new Row(
        "ledger",
        exchanges,
        LEDGER_KILLS + 1L,
        LEDGER_KILLS,
        "",
        List.of(new Check("ledger", problems)),
        since(begin),
        equal);
  }

  private static Scratch scratch() throws IOException {
    return new Scratch(Files.createTempDirectory("dualtrack-faults-"));
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private String above() {
    String some = only.isEmpty() ? "" : " --only " + String.join(",", only);
    return "Run on %s with %d cores and Java %d: `./dualtrack faults all --lines %d%s --table docs/reliability.md`.\n\n"
        .formatted(
            LocalDate.now(ZoneOffset.UTC),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature(),
            lines,
            some);
  }
}
