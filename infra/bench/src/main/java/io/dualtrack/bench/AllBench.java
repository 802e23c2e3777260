package io.dualtrack.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Every benchmark, one behind the other. */
@Command(
    name = "all",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs every benchmark that needs no input, each in a process of its own, and puts the tables of",
      "what came of them into a page. Ends with 0 only if each of them would."
    })
final class AllBench implements Callable<Integer> {

  /** From what takes a minute to what takes ten. */
  static final List<String> ORDER =
      List.of(
          "startup",
          "policy",
          "encryption",
          "dispatcher",
          "topology",
          "interactive",
          "shadow",
          "cost",
          "batch",
          "gateway",
          "abuse");

  private static final MarkedPage PAGE = new MarkedPage("bench all");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "run these alone, in the order given")
  private List<String> only = List.of();

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "page with the two marks that the tables go between: docs/performance.md")
  private Path page;

  @Override
  public Integer call() throws Exception {
    String before = page == null ? null : page();
    List<String> names = chosen();
    List<JsonNode> lines = new ArrayList<>();
    List<String> failed = new ArrayList<>();
    long begin = System.nanoTime();
    for (String name : names) {
      System.err.printf(
          "== %s, %d of %d, after %d s%n",
          name, names.indexOf(name) + 1, names.size(), since(begin).toSeconds());
      run(name, lines, failed);
      if (before != null) {
        // After each, so that a run that is broken off leaves what it has.
        Files.writeString(page, PAGE.put(before, above() + PerformanceTable.text(lines)));
      }
    }
    System.err.println(PerformanceTable.text(lines));
    System.out.println(
        new Figures("all")
            .put("benchmarks", names.size())
            .put("failed", failed.size())
            .put("seconds", since(begin).toSeconds()));
    failed.forEach(name -> System.err.println("dualtrack: " + name + " did not end well"));
    return failed.isEmpty() ? 0 : 1;
  }

  /** One that fails leaves the others to run. */
  private static void run(String name, List<JsonNode> lines, List<String> failed)
      throws IOException, InterruptedException {
    Process process = Launcher.start("bench", name);
    String out;
    int exit;
    try {
      out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      exit = process.waitFor();
    } finally {
      process.destroy();
    }
    List<String> printed = out.lines().toList();
    boolean isLine = false;
    try {
      JsonNode line = printed.isEmpty() ? null : JSON.readTree(printed.get(printed.size() - 1));
      isLine = line != null && line.isObject();
      if (isLine) {
        lines.add(line);
      }
    } catch (JsonProcessingException e) {
      System.err.println(name + " printed no figures last");
    }
    if (exit != 0 || !isLine) {
      failed.add(name);
    }
  }

  /** Before anything runs. */
  private String page() {
    try {
      return PAGE.read(page);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), "--page: " + e.getMessage(), e);
    }
  }

  private List<String> chosen() {
    for (String name : only) {
      if (!ORDER.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--only: there is no %s; there are %s".formatted(name, String.join(", ", ORDER)));
      }
    }
    return only.isEmpty() ? ORDER : only;
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private String above() {
    return "Run on %s with %d cores and Java %d: `./dualtrack bench all%s --page docs/performance.md`.\n\n"
        .formatted(
            LocalDate.now(ZoneOffset.UTC),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature(),
            only.isEmpty() ? "" : " --only " + String.join(",", only));
  }
}
