package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BooksTest {

  private static final Instant AT = Instant.parse("2026-06-01T12:00:00Z");
  private static final String OFFERING = "openai-eu";

  private final Books books = new Books();

  /** One request that is booked as it must be. */
  @BeforeEach
  void book() {
    books.result(result("r-1"));
    books.exchange(exchange("r-1", 100, 7));
    books.row(row("r-1/UNCACHED_INPUT", "r-1", TokenClass.UNCACHED_INPUT, 100, "0.5", 1));
    books.row(row("r-1/OUTPUT", "r-1", TokenClass.OUTPUT, 7, "0.25", 0));
    books.rollup("day", rollup("0.75"));
  }

  @Test
  void booksThatAddUpAreAsTheyMustBe() {
    assertThat(books.judge().problems()).isEmpty();
  }

  @Test
  void aReadingOfTheSameExchangeTwiceChangesNothing() {
    books.exchange(exchange("r-1", 100, 7));

    assertThat(books.judge().problems()).isEmpty();
  }

  @Test
  void aWrongSumOfTokensIsReported() {
    books.row(row("x/OUTPUT", "x", TokenClass.OUTPUT, 1, "0", 0));

    assertThat(books.judge().problems())
        .containsExactly(
            "openai-eu: tokens are booked as {UNCACHED_INPUT=100, OUTPUT=8} instead of {UNCACHED_INPUT=100, OUTPUT=7}");
  }

  @Test
  void aWrongSumOfMoneyIsReported() {
    books.rollup("day", rollup("0.76"));

    assertThat(books.judge().problems())
        .containsExactly("openai-eu: the days cost 0.76 and the ledger's rows 0.75");
  }

  @Test
  void anExchangeThatIsNotBookedIsReported() {
    books.result(result("r-2"));
    books.exchange(exchange("r-2", 1, 1));

    assertThat(books.judge().problems()).contains("openai-eu: 1 exchanges are booked instead of 2");
  }

  @Test
  void aRowThatIsBookedTwiceIsReported() {
    books.row(row("r-1/OUTPUT", "r-1", TokenClass.OUTPUT, 7, "0.25", 0));

    assertThat(books.judge().problems()).contains("1 rows are in the ledger twice: r-1/OUTPUT");
  }

  @Test
  void aRowThatIsTakenBackAndWrittenAnewCountsOnce() {
    books.row(row("r-1/OUTPUT/1-", "r-1", TokenClass.OUTPUT, -7, "-0.25", 0));
    books.row(row("r-1/OUTPUT/1", "r-1", TokenClass.OUTPUT, 7, "0.25", 0));

    assertThat(books.judge().problems()).isEmpty();
  }

  @Test
  void aResultWithoutAnExchangeIsReported() {
    books.result(result("r-9"));

    assertThat(books.judge().problems()).containsExactly("1 results have no exchange: r-9");
  }

  private static InferenceResult result(String id) {
    return InferenceResult.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("team")
        .setReplyKey("r")
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setStatusCode(200)
        .setModel("sol")
        .setOffering(OFFERING)
        .setJurisdictions(List.of())
        .setSubmittedAt(AT)
        .setFinishedAt(AT)
        .build();
  }

  private static Exchange exchange(String id, long input, long output) {
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey("r")
        .setTenant("acme")
        .setAccount("team")
        .setAt(AT)
        .setModel("sol")
        .setOffering(OFFERING)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of())
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setUsage(Usage.newBuilder().setUncachedInput(input).setOutput(output).build())
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  private static LedgerEntry row(
      String id, String exchange, TokenClass tokenClass, long tokens, String cost, int exchanges) {
    return LedgerEntry.newBuilder()
        .setEntryId(id)
        .setExchangeId(exchange)
        .setRequestId(exchange)
        .setReplyKey("r")
        .setTenant("acme")
        .setAccount("team")
        .setAt(AT)
        .setModel("sol")
        .setOffering(OFFERING)
        .setJurisdictions(List.of())
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(tokenClass)
        .setTokens(tokens)
        .setPriceStatus(PriceStatus.PRICED)
        .setCurrency("USD")
        .setCost(new BigDecimal(cost).setScale(18))
        .setSaved(BigDecimal.ZERO.setScale(18))
        .setRowsOfExchange(2)
        .setExchanges(exchanges)
        .build();
  }

  private static CostRollup rollup(String cost) {
    return CostRollup.newBuilder()
        .setRollupId("day")
        .setPeriod(Period.DAY)
        .setPeriodStart(AT)
        .setTenant("acme")
        .setModel("sol")
        .setOffering(OFFERING)
        .setJurisdiction("")
        .setCurrency("USD")
        .setExchanges(1)
        .setUncachedInput(100)
        .setCacheRead(0)
        .setCacheWrite(0)
        .setOutput(7)
        .setUnpricedTokens(0)
        .setCost(new BigDecimal(cost).setScale(18))
        .setSaved(BigDecimal.ZERO.setScale(18))
        .build();
  }
}
