package io.dualtrack.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The tables of docs/performance.md, made of the lines that benchmarks print. */
final class PerformanceTable {

  /**
   * A figure that has the same work without the pipeline beside it.
   *
   * @param baseline key of what was measured without, in the same run
   */
  private record Beside(String benchmark, String what, String figure, String baseline) {}

  private static final List<Beside> COMPARED =
      List.of(
          new Beside(
              "batch",
              "lines of a batch a second; a plain client on the same endpoint",
              "requests_per_second",
              "plain_client_per_second"),
          new Beside(
              "gateway",
              "lines of one 200 MB batch file a second; a plain client",
              "lines_per_second",
              "plain_client_per_second"),
          new Beside(
              "interactive",
              "calls a second over many connections; straight to the endpoint",
              "requests_per_second",
              "direct_per_second"),
          new Beside(
              "interactive",
              "milliseconds of a single call, half of them; straight to the endpoint",
              "p50_ms",
              "direct_p50_ms"),
          new Beside(
              "interactive",
              "milliseconds of a single call, 99 of 100; straight to the endpoint",
              "p99_ms",
              "direct_p99_ms"),
          new Beside(
              "shadow",
              "milliseconds of a call, half of them, with a tenth copied for comparison; without",
              "p50_ms_with_a_tenth_copied",
              "p50_ms"),
          new Beside(
              "shadow",
              "the same with a copy of each at an offering that never answers; without",
              "p50_ms_with_hanging_copies",
              "p50_ms"),
          new Beside(
              "dispatcher",
              "orders a second; a plain client",
              "orders_per_second",
              "plain_client_per_second"),
          new Beside(
              "topology",
              "requests a second through the topology; repartitioned and let through once, unread",
              "requests_per_second",
              "bare_per_second"),
          new Beside(
              "cost",
              "exchanges a second through the cost job; a job of source and sink",
              "exchanges_per_second",
              "bare_per_second"),
          new Beside(
              "abuse",
              "exchanges a second through the abuse job; its source alone",
              "exchanges_per_second",
              "bare_per_second"),
          new Beside(
              "encryption",
              "microseconds to write and read a record of 8 KB sealed; plain",
              "encrypted_us_8kb",
              "plain_us_8kb"));

  private PerformanceTable() {}

  /**
   * @param lines what benchmarks printed last, in the order of their runs
   */
  static String text(List<JsonNode> lines) {
    StringBuilder text = new StringBuilder();
    text.append(
        "| benchmark | what; and beside it in the same run | measured | beside it | ratio |\n");
    text.append("|---|---|---:|---:|---:|\n");
    for (Beside beside : COMPARED) {
      of(beside.benchmark(), lines).ifPresent(line -> text.append(row(beside, line)));
    }
    text.append("\nEvery figure, as printed:\n\n```\n");
    lines.forEach(line -> text.append(line).append('\n'));
    return text.append("```\n").toString();
  }

  private static Optional<JsonNode> of(String benchmark, List<JsonNode> lines) {
    return lines.stream().filter(line -> line.path("name").asText().equals(benchmark)).findFirst();
  }

  private static String row(Beside beside, JsonNode line) {
    JsonNode figure = line.path(beside.figure());
    JsonNode baseline = line.path(beside.baseline());
    if (!figure.isNumber() || !baseline.isNumber()) {
      return "";
    }
    return "| %s | %s | %s | %s | %s |\n"
        .formatted(
            beside.benchmark(),
            beside.what(),
            number(figure.decimalValue()),
            number(baseline.decimalValue()),
            ratio(figure.decimalValue(), baseline.decimalValue()));
  }

  private static String ratio(BigDecimal figure, BigDecimal baseline) {
    return baseline.signum() == 0
        ? "–"
        : figure.divide(baseline, 2, RoundingMode.HALF_UP).toPlainString();
  }

  /** Whole from a hundred on: the rest is noise. */
  private static String number(BigDecimal number) {
    boolean large = number.abs().compareTo(BigDecimal.valueOf(100)) >= 0;
    return String.format(Locale.ROOT, large ? "%,.0f" : "%,.2f", number);
  }
}
