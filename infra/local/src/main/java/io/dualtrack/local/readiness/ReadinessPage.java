package io.dualtrack.local.readiness;

import io.dualtrack.jobs.comparison.Quality;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.ShadowFigure;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.statistics.Interval;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The report for people, in Markdown. */
final class ReadinessPage {

  private static final String NOT_DECLARED = "not declared";

  private final Readiness readiness;
  private final StringBuilder page = new StringBuilder();

  private ReadinessPage(Readiness readiness) {
    this.readiness = readiness;
  }

  /**
   * @param plots names of files beside the page
   */
  static String of(Readiness readiness, List<String> plots) {
    return new ReadinessPage(readiness).write(plots);
  }

  private String write(List<String> plots) {
    line("# From %s to %s", readiness.from().getId(), readiness.to().getId());
    line("");
    line("Requests since %s, as of %s.", readiness.since(), readiness.now());
    line("");
    List<String> obstacles = readiness.obstacles();
    line(obstacles.isEmpty() ? "**Nothing that is known stands in the way.**" : "In the way:");
    line("");
    obstacles.forEach(each -> line("- %s", each));
    lawful();
    quality();
    money();
    capacity();
    breaks();
    redTeam();
    for (String plot : plots) {
      line("");
      line("![%s](%s)", plot.replace(".svg", ""), plot);
    }
    return page.toString();
  }

  private void lawful() {
    heading("What may move");
    Movable movable = readiness.movable();
    if (movable.requests() == 0) {
      line("None of the %,d requests decided went to %s.", movable.decided(), id());
      return;
    }
    line(
        "%,d of %,d requests (%s), decided again under the records of now.",
        movable.movable(),
        movable.requests(),
        percent((double) movable.movable() / movable.requests()));
    line("");
    line("| tenant | requests | may move | why not |");
    line("|---|---:|---:|---|");
    movable.tenants().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            each ->
                line(
                    "| %s | %,d | %,d | %s |",
                    each.getKey(),
                    each.getValue().requests(),
                    each.getValue().movable(),
                    counts(each.getValue().reasons())));
  }

  private void quality() {
    heading("What quality is lost");
    if (readiness.tasks().isEmpty()) {
      line(
          "Not measured: no request of that time was copied. See `shadowings` of a tenant's contract.");
      return;
    }
    line(
        "Copies that both answered; intervals at %.0f%%. A task holds where no more than %s of its requests"
            + " can be worse. Equal answers are right or wrong together: of a measure that asks whether"
            + " both say the same, what is missing to 100%% is the most that can be lost.",
        100 * Interval.CONFIDENCE, percent(readiness.tolerance()));
    line("");
    line("| tenant | task | | measure | pairs | figure | interval |");
    line("|---|---|---|---|---:|---:|---|");
    for (TaskQuality task : readiness.tasks()) {
      String verdict = task.verdict().name().toLowerCase(Locale.ROOT);
      for (ShadowFigure figure : task.figures()) {
        line(
            "| %s | %s | %s | %s | %,d | %s | %s |",
            task.tenant(),
            task.task(),
            verdict,
            words(figure.getMeasure()),
            figure.getPairs(),
            value(figure.getMeasure(), figure.getValue()),
            Double.isNaN(figure.getLow())
                ? "too few"
                : value(figure.getMeasure(), figure.getLow())
                    + " … "
                    + value(figure.getMeasure(), figure.getHigh()));
      }
    }
    for (String tenant : readiness.notMeasured()) {
      line("| %s | every task | not measured | | | | |", tenant);
    }
  }

  private void money() {
    heading("What it costs");
    BigDecimal difference = readiness.cost().subtract(readiness.costThere());
    line(
        "Recorded usage cost %s; the same tokens there cost %s: %s %s.",
        dollars(readiness.cost()),
        dollars(readiness.costThere()),
        difference.signum() < 0 ? "more by" : "less by",
        dollars(difference.abs()));
    if (readiness.unpriced() > 0) {
      line("%,d tokens have no price on one side, and are in neither sum.", readiness.unpriced());
    }
  }

  private void capacity() {
    heading("Whether it can bear it");
    Traffic traffic = readiness.traffic();
    line(
        "%,d calls of %,d tokens in and %,d out on average; at most %,d in a minute.",
        traffic.calls(), traffic.meanInput(), traffic.meanOutput(), traffic.peak());
    readiness
        .tokensPerSecond()
        .ifPresent(
            rate ->
                line(
                    "%s gave %.1f tokens a second in one call, and at most %,d in one minute.",
                    readiness.to().getId(), rate, traffic.bestMinuteOfTo()));
    if (readiness.capacity().isEmpty()) {
      line("Not known: no quota is stated and no call was measured.");
      return;
    }
    Capacity capacity = readiness.capacity().get();
    line(
        "It answers %,.0f calls a minute (%s, one dispatcher); with what it has already, at most %,d would come in"
            + " a minute. At most %,d would wait, and after the last call %,d min until none does.",
        capacity.perMinute(),
        capacity.limit(),
        capacity.peak(),
        capacity.mostWaiting(),
        capacity.drainMinutes());
  }

  private void breaks() {
    heading("What breaks");
    Breaks breaks = readiness.breaks();
    line("As %s declares it, of %,d requests:", readiness.to().getId(), breaks.requests());
    line("");
    line("| what | requests |");
    line("|---|---:|");
    breaks.parameters().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(each -> line("| `%s` is refused | %,d |", each.getKey(), each.getValue()));
    line("| some parameter is refused | %,d |", breaks.refused());
    line("| parameters are not known | %,d |", breaks.requests() - breaks.lookedAt());
    line(
        "| answer is longer than its can be (%s) | %s |",
        tokens(readiness.to().getMaxOutputTokens()), count(breaks.longerAnswers()));
    line(
        "| prompt and answer do not fit into its context (%s) | %s |",
        tokens(readiness.to().getContextTokens()), count(breaks.beyondContext()));
    line(
        "| prompt and the longest answer that it permits do not, which some servers refuse | %s |",
        count(breaks.beyondContextAsAsked()));
    line(
        "| length is not known, because nothing was answered | %,d |",
        breaks.requests() - breaks.measured());
    line("");
    Map<String, Long> failures = readiness.failures();
    line(
        failures.isEmpty()
            ? "No copy failed."
            : "Copies that it did not answer: " + counts(failures) + ".");
    Traffic traffic = readiness.traffic();
    if (traffic.longestSeenByTo() == 0) {
      line("It has answered nothing in that time, so no length of prompt is known to fit it.");
    } else {
      line(
          "The longest prompt that it answered had %,d tokens; %,d calls had a longer one.",
          traffic.longestSeenByTo(), traffic.longerThanSeen());
    }
  }

  private static String tokens(Long declared) {
    return declared == null ? NOT_DECLARED : String.format(Locale.ROOT, "%,d tokens", declared);
  }

  private static String count(Optional<Long> count) {
    return count.map(known -> String.format(Locale.ROOT, "%,d", known)).orElse("not known");
  }

  private void redTeam() {
    heading("What it can be talked into");
    if (readiness.redTeam().isEmpty()) {
      line("Not tried as it is now. See `dualtrack redteam`.");
      return;
    }
    for (RedTeamResult each : readiness.redTeam()) {
      line(
          "- %s: %,d of %,d probes failed, %,d had no answer, at %s",
          each.getKind().toLowerCase(Locale.ROOT).replace('_', ' '),
          each.getFailed(),
          each.getAnswered(),
          each.getUnanswered(),
          each.getAt());
    }
  }

  private String id() {
    return readiness.from().getId();
  }

  private void heading(String text) {
    line("");
    line("## %s", text);
    line("");
  }

  private void line(String text, Object... values) {
    page.append(values.length == 0 ? text : String.format(Locale.ROOT, text, values)).append('\n');
  }

  private static String counts(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(each -> String.format(Locale.ROOT, "%s %,d", each.getKey(), each.getValue()))
        .collect(Collectors.joining(", "));
  }

  static String words(ShadowMeasure measure) {
    return switch (measure) {
      case ANSWERED -> "answered, more often";
      case SAME_TEXT -> "same text";
      case SAME_NORMALISED -> "same but for form";
      case SAME_NUMBER -> "same number";
      case SAME_TOOL_CALLS -> "same tool calls";
      case SAME_LANGUAGE -> "same language";
      case VALID_JSON -> "valid JSON, more often";
      case FITS_SCHEMA -> "fits its schema, more often";
      case REFUSED -> "refused, more often";
      case CUT_OFF -> "cut off, more often";
      case LENGTH -> "length of text, times";
      case OUTPUT_TOKENS -> "output tokens, times";
      case LATENCY -> "time of the call, times";
      case UNKNOWN -> "unknown";
    };
  }

  private static String value(ShadowMeasure measure, double value) {
    return switch (measure) {
      case LENGTH, OUTPUT_TOKENS, LATENCY -> String.format(Locale.ROOT, "%.2f", value);
      default -> (value > 0 && !Quality.isOfPair(measure) ? "+" : "") + percent(value);
    };
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  private static String dollars(BigDecimal amount) {
    return "$" + amount.setScale(4, RoundingMode.HALF_EVEN).toPlainString();
  }
}
