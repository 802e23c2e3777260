package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.drill.DrillFigures;
import io.dualtrack.local.drill.DrillReport;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What came of a drill on live requests, for people and as JSON. */
final class LiveDrillReport {

  private LiveDrillReport() {}

  static void print(DrillFigures.Progress progress, PrintWriter err) {
    err.printf(
        "%,d requests kept away, %,d refused, %,d waiting, last call there %s after the command%n",
        progress.requests(),
        progress.refused(),
        progress.waiting(),
        seconds(progress.switchedMillis()));
    err.flush();
  }

  static void print(DrillReport report, PrintWriter out) {
    out.printf(
        "drill %s of %s, %s %% of the requests, %s%s%n",
        report.drill().id(),
        report.drill().what(),
        plain(report.drill().percent()),
        seconds(Duration.between(report.begun(), report.ended()).toMillis()),
        report.interrupted() ? ", ended before its time" : "");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("figure", "value"));
    rows.add(List.of("last call there, after the command", seconds(report.switchedMillis())));
    rows.add(List.of("calls there behind the command", "%,d".formatted(report.callsBehind())));
    rows.add(
        List.of(
            "first request back, after the end",
            report.backMillis() == null ? "none seen" : seconds(report.backMillis())));
    rows.add(List.of("requests admitted meanwhile", "%,d".formatted(report.admitted())));
    rows.add(List.of("requests kept away", "%,d".formatted(report.requests())));
    rows.add(List.of("  of these decided again", "%,d".formatted(report.again())));
    report
        .answered()
        .forEach(
            (offering, count) ->
                rows.add(List.of("  answered by " + offering, "%,d".formatted(count))));
    report
        .refused()
        .forEach(
            (codes, count) -> rows.add(List.of("  refused: " + codes, "%,d".formatted(count))));
    rows.add(List.of("  failed", "%,d".formatted(report.failed())));
    rows.add(List.of("  expired", "%,d".formatted(report.expired())));
    rows.add(List.of("without a result", "%,d".formatted(report.open())));
    rows.add(List.of("most waiting at a time", "%,d".formatted(report.mostWaiting())));
    rows.add(
        List.of(
            "last of them had its result, after the end",
            report.drainedMillis() == null ? "not yet" : seconds(report.drainedMillis())));
    rows.add(List.of("cost where they went", Money.dollars(report.cost())));
    rows.add(List.of("cost where they were kept from", Money.dollars(report.costThere())));
    TextTable.print(rows, 1, out);
    if (!report.complete()) {
      out.println("more may have been decided: not all that was written was committed in time");
    }
    if (report.unpriced() > 0) {
      out.printf("%,d answers have no price on one side%n", report.unpriced());
    }
  }

  static ObjectNode json(DrillReport report) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("drill", report.drill().id());
    json.put("scope", report.drill().scope().name());
    json.put("subject", report.drill().subject());
    json.put("share_percent", new BigDecimal(plain(report.drill().percent())));
    json.put("reason", report.drill().reason());
    json.put("epoch", report.drill().epoch());
    json.put("begun", report.begun().toString());
    json.put("ended", report.ended().toString());
    json.put("interrupted", report.interrupted());
    json.put("complete", report.complete());
    json.put("switched_ms", report.switchedMillis());
    json.put("calls_behind_command", report.callsBehind());
    json.put("back_ms", report.backMillis());
    json.put("admitted", report.admitted());
    json.put("requests", report.requests());
    json.put("decided_again", report.again());
    ObjectNode answered = json.putObject("answered");
    report.answered().forEach(answered::put);
    ObjectNode refused = json.putObject("refused");
    report.refused().forEach(refused::put);
    json.put("failed", report.failed());
    json.put("expired", report.expired());
    json.put("without_result", report.open());
    json.put("most_waiting", report.mostWaiting());
    json.put("drained_ms", report.drainedMillis());
    json.put("cost", report.cost());
    json.put("cost_there", report.costThere());
    json.put("unpriced", report.unpriced());
    return json;
  }

  private static String plain(BigDecimal percent) {
    return percent.stripTrailingZeros().toPlainString();
  }

  private static String seconds(long millis) {
    return "%,.2f s".formatted(millis / 1e3);
  }
}
