package io.dualtrack.local.batches;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Reason;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came of one run or several: counts, reasons and money by lane, jurisdiction and offering.
 */
public final class RunSummary {

  /**
   * What results are grouped by.
   *
   * @param lane API, LOCAL, or empty where nothing was called
   * @param jurisdiction regions joined by "+"; empty for none
   * @param offering empty where nothing was called
   */
  public record Dimensions(String lane, String jurisdiction, String offering)
      implements Comparable<Dimensions> {

    private static final Comparator<Dimensions> ORDER =
        Comparator.comparing(Dimensions::lane)
            .thenComparing(Dimensions::jurisdiction)
            .thenComparing(Dimensions::offering);

    static Dimensions of(Lane lane, List<String> jurisdictions, String offering) {
      return new Dimensions(
          lane == null ? "" : lane.name(),
          String.join("+", jurisdictions),
          offering == null ? "" : offering);
    }

    @Override
    public int compareTo(Dimensions other) {
      return ORDER.compare(this, other);
    }
  }

  /** Counts and money of one group, or of all. Money in US dollars. */
  public static final class Counts {
    private long requests;
    private long answered;
    private long fromCache;
    private long joined;
    private long refused;
    private long failed;
    private long expired;
    private BigDecimal cost = BigDecimal.ZERO;
    private BigDecimal saved = BigDecimal.ZERO;
    private long unpricedTokens;

    private void add(InferenceResult result) {
      requests++;
      switch (result.getOutcome()) {
        case ANSWERED -> {
          answered++;
          fromCache += result.getSource() == AnswerSource.CACHE ? 1 : 0;
          joined += result.getSource() == AnswerSource.JOINED ? 1 : 0;
        }
        case REFUSED -> refused++;
        case FAILED -> failed++;
        case EXPIRED -> expired++;
      }
    }

    private void add(LedgerEntry row) {
      if (row.getPriceStatus() == PriceStatus.UNPRICED) {
        unpricedTokens += row.getTokens();
        return;
      }
      cost = cost.add(orZero(row.getCost()));
      saved = saved.add(orZero(row.getSaved()));
    }

    private void add(Counts other) {
      requests += other.requests;
      answered += other.answered;
      fromCache += other.fromCache;
      joined += other.joined;
      refused += other.refused;
      failed += other.failed;
      expired += other.expired;
      cost = cost.add(other.cost);
      saved = saved.add(other.saved);
      unpricedTokens += other.unpricedTokens;
    }

    private static BigDecimal orZero(BigDecimal amount) {
      return amount == null ? BigDecimal.ZERO : amount;
    }

    /** Requests that have a result. */
    public long requests() {
      return requests;
    }

    public long answered() {
      return answered;
    }

    /** Of the answered: replayed from the prompt cache. */
    public long fromCache() {
      return fromCache;
    }

    /** Of the answered: answered by the call of an equal request in flight. */
    public long joined() {
      return joined;
    }

    public long refused() {
      return refused;
    }

    public long failed() {
      return failed;
    }

    public long expired() {
      return expired;
    }

    public BigDecimal cost() {
      return cost;
    }

    /** What the cache and the joining saved. */
    public BigDecimal saved() {
      return saved;
    }

    public long unpricedTokens() {
      return unpricedTokens;
    }
  }

  private final SortedMap<Dimensions, Counts> groups = new TreeMap<>();
  private final SortedMap<String, Long> refusals = new TreeMap<>();
  private final SortedMap<String, Long> failures = new TreeMap<>();
  private final SortedMap<String, Long> invalid = new TreeMap<>();
  private long lines;
  private long sent;
  private long unreleased;
  private long duplicates;
  private long orders;
  private long calls;
  private long repeated;
  private long exchangesPriced;
  private Duration time = Duration.ZERO;

  /**
   * @param requests lines that were sent
   * @param rejected lines that could not be sent
   */
  void lines(long requests, long rejected) {
    sent += requests;
    lines += requests + rejected;
  }

  /** A line that could not be sent. */
  void invalid(String code) {
    invalid.merge(code, 1L, Long::sum);
  }

  /** Requests that the gateway had not released when their time was over. */
  void expiredUnreleased(long requests) {
    Counts counts = group(null, List.of(), null);
    counts.requests += requests;
    counts.expired += requests;
    unreleased += requests;
  }

  void result(InferenceResult result) {
    group(result.getLane(), result.getJurisdictions(), result.getOffering()).add(result);
    switch (result.getOutcome()) {
      case REFUSED ->
          result.getReasons().stream()
              .map(Reason::getCode)
              .distinct()
              .forEach(code -> refusals.merge(code, 1L, Long::sum));
      case FAILED ->
          failures.merge(
              result.getErrorCode() == null ? "failed" : result.getErrorCode(), 1L, Long::sum);
      case ANSWERED, EXPIRED -> {
        // Counted with their group; there is no reason to tell.
      }
    }
  }

  /** A result of a request that had one already. */
  void duplicate() {
    duplicates++;
  }

  void ledgerRow(LedgerEntry row) {
    group(row.getLane(), row.getJurisdictions(), row.getOffering()).add(row);
  }

  /** A request whose ledger rows are all there. */
  void exchangePriced() {
    exchangesPriced++;
  }

  void completion(Completion completion) {
    orders++;
    calls += completion.getCalls();
    repeated += completion.getRepeated() ? 1 : 0;
  }

  void took(Duration duration) {
    time = duration;
  }

  private Counts group(Lane lane, List<String> jurisdictions, String offering) {
    return groups.computeIfAbsent(
        Dimensions.of(lane, jurisdictions, offering), dimensions -> new Counts());
  }

  /** Takes in what came of another run. Times add up: runs of one command follow each other. */
  public void add(RunSummary other) {
    other.groups.forEach(
        (dimensions, counts) ->
            groups.computeIfAbsent(dimensions, unknown -> new Counts()).add(counts));
    other.refusals.forEach((code, count) -> refusals.merge(code, count, Long::sum));
    other.failures.forEach((code, count) -> failures.merge(code, count, Long::sum));
    other.invalid.forEach((code, count) -> invalid.merge(code, count, Long::sum));
    lines += other.lines;
    sent += other.sent;
    unreleased += other.unreleased;
    duplicates += other.duplicates;
    orders += other.orders;
    calls += other.calls;
    repeated += other.repeated;
    exchangesPriced += other.exchangesPriced;
    time = time.plus(other.time);
  }

  /** Groups in order. */
  public SortedMap<Dimensions, Counts> groups() {
    return groups;
  }

  /** All groups added up. */
  public Counts total() {
    Counts total = new Counts();
    groups.values().forEach(total::add);
    return total;
  }

  /** Refused requests by reason; one request may have several reasons. */
  public SortedMap<String, Long> refusals() {
    return refusals;
  }

  /** Failed requests by code. */
  public SortedMap<String, Long> failures() {
    return failures;
  }

  /** Lines that could not be sent, by code. */
  public SortedMap<String, Long> invalid() {
    return invalid;
  }

  public long invalidLines() {
    return invalid.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Lines of the file that are not blank. */
  public long lines() {
    return lines;
  }

  /** Lines that were sent as requests. */
  public long requests() {
    return sent;
  }

  /** Requests that have a result. */
  public long results() {
    return total().requests();
  }

  /** Results beyond the first of a request; anything but 0 is a fault of the stack. */
  public long duplicates() {
    return duplicates;
  }

  /** Attempts to call an offering for these requests. */
  public long orders() {
    return orders;
  }

  /** Calls written to providers, repetitions by the same process included. */
  public long calls() {
    return calls;
  }

  /**
   * Calls that may have been made twice: written again by the same process, or in an order that an
   * earlier process may have sent already.
   */
  public long repeatedCalls() {
    return Math.max(0, calls - orders) + repeated;
  }

  /** Requests whose costs are all known. */
  public long exchangesPriced() {
    return exchangesPriced;
  }

  public boolean costComplete() {
    return exchangesPriced >= results() - unreleased;
  }

  /** From the begin of the upload to the last line of output. */
  public Duration time() {
    return time;
  }

  /** Requests per second; 0 where none was sent. */
  public double rate() {
    double seconds = time.toNanos() / 1e9;
    return seconds == 0 ? 0 : results() / seconds;
  }

  /** Whether every line was sent and has exactly one result. */
  public boolean exactlyOneResultEach() {
    return invalidLines() == 0 && results() == sent && duplicates == 0;
  }

  /** Whether every line of the file has an answer. */
  public boolean everyLineAnswered() {
    return exactlyOneResultEach() && total().answered() == lines;
  }
}
